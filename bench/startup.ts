import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What the command costs over a bare `node -e 0`: medians of interleaved runs, in milliseconds of wall time.
 * Goals: --help 40 ms, a full generation 150 ms. usage: npm run bench:startup [-- runs]
 */
const runs = Number(process.argv[2] ?? 21)
const bin = join(import.meta.dirname, '../bin/create-inference-server.js')
const iris = join(import.meta.dirname, '../examples/iris')
const folder = mkdtempSync(join(tmpdir(), 'cis-bench-'))
for (const file of ['iris.onnx', 'label.json', 'vars.yaml']) copyFileSync(join(iris, file), join(folder, file))

const cases = {
  'node -e 0': () => run(['-e', '0']),
  '--help': () => run([bin, '--help']),
  'validate vars.yaml': () => run([bin, 'validate', 'vars.yaml']),
  'generate a new server': () => {
    rmSync(join(folder, 'iris'), { recursive: true, force: true })
    return run([bin, '--variable_file', 'vars.yaml'])
  },
  'generate it again, nothing to do': () => run([bin, '--variable_file', 'vars.yaml']),
}

function run(args: string[]): number {
  const start = performance.now()
  execFileSync(process.execPath, args, { cwd: folder, stdio: 'ignore' })
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const times = Object.entries(cases).map(([name, measure]) => ({ name, measure, values: [] as number[] }))
for (let i = 0; i < runs; i++) for (const one of times) one.values.push(one.measure())
rmSync(folder, { recursive: true })

const base = median(times[0]?.values ?? [])
process.stdout.write(`Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores, ${runs} runs, medians\n`)
for (const { name, values } of times) {
  const wall = median(values)
  process.stdout.write(`${name.padEnd(34)} ${wall.toFixed(0).padStart(5)} ms  +${(wall - base).toFixed(0)} ms\n`)
}
