import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cnn } from './cnn.ts'
import { leaveServerCore, missingTools } from './cores.ts'
import { dataCache } from './data-cache.ts'
import { linkPackages } from './generated.ts'
import { health } from './health.ts'
import { iris } from './iris.ts'
import { describeRun } from './machine.ts'
import { precision } from './precision.ts'
import { publish, type Section, showSection } from './results.ts'
import { start } from './start.ts'
import { v2 } from './v2.ts'

// `npm run bench [-- --only iris|cnn|v2|data-cache|precision|health|start] [--slices 9]`: measures generated servers, prints what came out, and puts it into
// bench/RESULTS.md; fewer than 9 slices are for trying, and only printed. About fifteen minutes, on a machine that does nothing else.

const SECONDS = 2
const MIN_PUBLISHED = 9
const PARTS = { iris, cnn, v2, 'data-cache': dataCache, precision, health, start } as const

const { values } = parseArgs({
  options: { only: { type: 'string' }, slices: { type: 'string', default: String(MIN_PUBLISHED) } },
})
const rounds = Number(values.slices)
const parts = Object.entries(PARTS).filter(([id]) => values.only === undefined || values.only === id)
if (parts.length === 0) throw new Error(`--only takes one of ${Object.keys(PARTS).join(', ')}`)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--slices takes a whole number, at least 1')

const missing = await missingTools()
if (missing.length > 0) {
  process.stderr.write(
    `✖ not there: ${missing.join(', ')}. It needs two cores and, on Debian: apt-get install wrk util-linux redis-server; pip install numpy onnx\n`,
  )
  process.exit(1)
}

const run = await describeRun(rounds)
await leaveServerCore()
const folder = await mkdtemp(join(tmpdir(), 'cis-serving-'))
try {
  await linkPackages(folder)
  for (const [id, measure] of parts) await runPart(id, measure)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function runPart(id: string, measure: (typeof PARTS)[keyof typeof PARTS]): Promise<void> {
  const place = join(folder, id)
  await mkdir(place)
  const { title, blocks } = await measure({ folder: place, rounds, seconds: SECONDS })
  const section: Section = { id, title, blocks: [`\`npm run bench\`, ${run}`, ...blocks] }
  process.stdout.write(`${showSection(section)}\n\n`)
  if (rounds >= MIN_PUBLISHED) await publish(section)
}
