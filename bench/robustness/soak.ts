import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runServer } from '../../scripts/run-server.ts'
import { buildIris } from '../serving/generated.ts'
import { median } from '../serving/statistics.ts'
import { applyLoad, type LoadSlice } from '../serving/wrk.ts'
import { IRIS } from './bodies.ts'
import { residentMb } from './memory.ts'
import type { Part } from './part.ts'
import { runPart } from './run.ts'
import { atLeast, atMost, type Check } from './verdict.ts'

const { values } = parseArgs({ options: { requests: { type: 'string', default: '1000000' } }, strict: false })
const REQUESTS = Number(values.requests)
const CONNECTIONS = 64
const SLICE_SECONDS = 2

interface Slice extends LoadSlice {
  readonly requests: number
  readonly rssMb: number
}

const soak: Part = {
  id: 'soak',
  title: `${REQUESTS.toLocaleString('en')} requests`,
  introduction: `\`POST /predict\` with one row of iris from wrk, ${CONNECTIONS} connections, in slices of ${SLICE_SECONDS} s; the first tenth of the slices is compared
with the last. Memory is read after each slice. A single answer that is not 2xx ends the script.`,
  async run(folder) {
    const file = join(folder, 'body.json')
    await writeFile(file, IRIS)
    const server = await runServer(await buildIris(folder))
    const load = { url: `${server.url}/predict`, payload: { file, type: 'application/json' }, connections: CONNECTIONS }
    try {
      // V8 compiles, and its heap grows to its working size.
      await applyLoad({ ...load, seconds: 3 * SLICE_SECONDS })
      const slices: Slice[] = []
      for (let requests = 0; requests < REQUESTS; requests += slices.at(-1)?.requests ?? 0) {
        const slice = await applyLoad({ ...load, seconds: SLICE_SECONDS })
        const rssMb = await residentMb(server.process.pid)
        slices.push({ ...slice, rssMb, requests: slice.requestsPerSecond * SLICE_SECONDS })
      }
      return judge(slices)
    } finally {
      await server.stop()
    }
  },
}

function judge(slices: readonly Slice[]): Check[] {
  const tenth = Math.max(1, Math.round(slices.length / 10))
  const compare = (pick: (slice: Slice) => number) => ({
    first: median(slices.slice(0, tenth).map(pick)),
    last: median(slices.slice(-tenth).map(pick)),
  })
  const rss = compare((slice) => slice.rssMb)
  const p50 = compare((slice) => slice.p50)
  const p99 = compare((slice) => slice.p99)
  const total = slices.reduce((sum, { requests }) => sum + requests, 0)
  return [
    atLeast('requests answered 2xx', Math.round(total), REQUESTS),
    atMost(`RSS: first tenth ${rss.first.toFixed(0)} MB, last`, rss.last, rss.first + 16, 'MB'),
    // The machine swings, a leak would not stop at half as much again.
    atMost(`p50: first tenth ${p50.first.toFixed(2)} ms, last`, p50.last, 1.5 * p50.first, 'ms'),
    atMost(`p99: first tenth ${p99.first.toFixed(2)} ms, last`, p99.last, 2 * p99.first, 'ms'),
  ]
}

await runPart(soak)
