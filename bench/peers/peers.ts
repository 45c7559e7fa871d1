import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { leaveServerCore, missingTools } from '../serving/cores.ts'
import { linkPackages } from '../serving/generated.ts'
import { describeRun } from '../serving/machine.ts'
import { publish, type Section, showSection } from '../serving/results.ts'
import { contenderOfOurs, contenderOfPeer } from './contender.ts'
import { installPeers } from './installed.ts'
import { measureLoads } from './loads.ts'
import { replot } from './plotted.ts'
import { rateTable, ratioTable, startTable } from './report.ts'
import { peers } from './servers.ts'
import { describeSetup } from './setup.ts'
import { measureStarts } from './starts.ts'
import { type Workload, workloads } from './workloads.ts'

// `npm run bench:peers [-- --only iris|mlp|cnn] [--slices 5] [--try]`: the generated server beside what else people serve ONNX models
// with, on one core. What comes out is printed and put into bench/RESULTS.md and docs/assets/peers.svg; with --try, or fewer than 5
// slices, it is only printed. About twelve minutes, on a machine that does nothing else.

const SECONDS = 2
const MIN_PUBLISHED = 5

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    slices: { type: 'string', default: String(MIN_PUBLISHED) },
    try: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.slices)
const chosen = workloads.filter(({ id }) => values.only === undefined || values.only === id)
if (chosen.length === 0) throw new Error(`--only takes one of ${workloads.map(({ id }) => id).join(', ')}`)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--slices takes a whole number, at least 1')

const missing = await missingTools()
if (missing.length > 0) {
  process.stderr.write(
    `✖ not there: ${missing.join(', ')}. It needs two cores and, on Debian: apt-get install wrk util-linux python3-venv; pip install numpy onnx\n`,
  )
  process.exit(1)
}

const run = await describeRun(rounds)
await leaveServerCore()
const installed = await installPeers()
const folder = await mkdtemp(join(tmpdir(), 'cis-peers-'))
try {
  await linkPackages(folder)
  let target = ''
  for (const workload of chosen) target = await runWorkload(workload)
  await show(await describeSetup({ installed, target, folder: join(folder, 'installed'), run }))
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** Measures all servers at one model. Gives the folder of ours. */
async function runWorkload(workload: Workload): Promise<string> {
  const place = join(folder, workload.id)
  await mkdir(place)
  const { target, task, input } = await workload.build(place)
  const options = { folder: place, input }
  const contenders = await Promise.all([
    contenderOfOurs(target, options),
    ...installed.map(({ peer, environment }) => contenderOfPeer(peer, environment.bin, task, options)),
  ])
  const { connections } = workload
  const starts = await measureStarts(contenders, { rounds, connections: Math.max(...connections) })
  const loads = await measureLoads(contenders, { connections, rounds, seconds: SECONDS })
  await show({
    id: `peers-${workload.id}`,
    title: `Side by side: ${workload.title}`,
    blocks: [
      `\`npm run bench:peers\`, ${run}`,
      `${workload.about} What the servers are and how they are configured is said under *Side by side: the servers*.`,
      ratioTable(workload, loads),
      rateTable(loads),
      startTable(starts),
    ],
  })
  if (isPublished())
    await replot(workload, loads, `Median of ${rounds} slices; one core of ${cpus()[0]?.model.trim()}.`)
  return target
}

async function show(section: Section): Promise<void> {
  process.stdout.write(`${showSection(section)}\n\n`)
  if (isPublished()) await publish(section)
}

/** Not with a peer missing: the sections of a whole run stay. */
function isPublished(): boolean {
  return !values.try && rounds >= MIN_PUBLISHED && installed.length === peers.length
}
