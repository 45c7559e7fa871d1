import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ExecaError } from 'execa'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { askAll } from './ask.ts'
import { countRows, type Entry, readEntry } from './entry.ts'
import { compile, generate } from './generate.ts'

/**
 * Serves every model that zoo.py exported, each generated with `create-inference-server --model x.onnx --yes` alone,
 * and compares the answers with scikit-learn's. Prints a table; exits with 1 when one fails.
 * usage: npm run build && node --import tsx bench/zoo/serve.ts ZOO [name ...]
 */
const PARALLEL = 2
const STOP_MS = 10_000

interface Row {
  readonly name: string
  readonly task: string
  readonly rows: number
  readonly maxError: number | null
  readonly labelAgreement: number | null
  /** `ok`, or what went wrong. */
  readonly result: string
}

const [zoo, ...wanted] = process.argv.slice(2)
if (zoo === undefined) throw new Error('usage: node --import tsx bench/zoo/serve.ts ZOO [name ...]')
const folder = await mkdtemp(join(tmpdir(), 'cis-zoo-'))
try {
  const failed = await serveAll(resolve(zoo), wanted)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function serveAll(from: string, names: readonly string[]): Promise<number> {
  const files = (await readdir(from)).filter((file) => file.endsWith('.json')).sort()
  const all = files.map((file) => file.slice(0, -'.json'.length))
  const queue = (names.length > 0 ? names : all).map((name) => readEntry(from, name))
  const total = queue.length
  process.stdout.write(showRow(['name', 'task', 'rows', 'max error', 'label agreement', 'result']))
  let failed = 0
  async function work(): Promise<void> {
    for (let entry = queue.shift(); entry; entry = queue.shift()) {
      const row = await serve(entry)
      if (row.result !== 'ok') failed++
      const { name, task, rows, maxError, labelAgreement, result } = row
      const agreement = labelAgreement === null ? '' : `${(100 * labelAgreement).toFixed(1)} %`
      process.stdout.write(showRow([name, task, String(rows), maxError?.toExponential(1) ?? '', agreement, result]))
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  process.stdout.write(`${total - failed} of ${total} ok\n`)
  return failed
}

/** One model: generated, compiled, started, asked, stopped. Whatever goes wrong is its result. */
async function serve(entry: Entry): Promise<Row> {
  const row = { name: entry.name, task: entry.task, rows: countRows(entry), maxError: null, labelAgreement: null }
  const place = join(folder, entry.name)
  let server: RunningServer | undefined
  try {
    const generated = await generate(place, entry.modelPath)
    if ('refusal' in generated) {
      const { refusal } = generated
      const asExpected = entry.refusal !== undefined && refusal.includes(entry.refusal)
      return { ...row, result: asExpected ? 'ok' : `refused: ${refusal}` }
    }
    if (entry.refusal !== undefined) return { ...row, result: `not refused: expected "${entry.refusal}"` }
    await compile(generated.target)
    server = await runServer(generated.target, { LOG_LEVEL: 'warn', INTRA_OP_THREADS: '1' })
    const answers = await askAll(server.url, entry)
    return { ...row, ...answers, result: judge(entry, answers) }
  } catch (error) {
    return { ...row, result: reasonOf(error) }
  } finally {
    if (server) await stopInTime(server)
    await rm(place, { recursive: true, force: true })
  }
}

function judge({ tolerance }: Entry, answers: Pick<Row, 'maxError' | 'labelAgreement'>): string {
  const { maxError, labelAgreement } = answers
  const reasons = [
    ...(maxError !== null && maxError <= tolerance ? [] : [`further than ${tolerance} from scikit-learn`]),
    ...(labelAgreement === null || labelAgreement === 1 ? [] : ['other labels than scikit-learn']),
  ]
  return reasons.join(', ') || 'ok'
}

async function stopInTime(server: RunningServer): Promise<void> {
  const stopped = await Promise.race([server.stop().then(() => true), sleep(STOP_MS, false, { ref: false })])
  if (!stopped) server.process.kill('SIGKILL')
}

function reasonOf(error: unknown): string {
  const text = error instanceof ExecaError ? `${error.stdout} ${error.stderr}` : String(error)
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 400)
}

function showRow(cells: readonly string[]): string {
  const widths = [34, 15, 5, 10, 16]
  return `${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' ')}\n`
}
