import { type CostSlice, countCost } from './cpu.ts'
import { type IrisServer, startIrisServers } from './iris-servers.ts'
import type { Part } from './part.ts'
import { interleave, series } from './slices.ts'
import { median, pairwise, ratios } from './statistics.ts'
import { type Goal, type Measure, measureTable, spread, table } from './table.ts'
import { applyLoad, type LoadSlice } from './wrk.ts'

const CONNECTIONS = [1, 16, 64, 256] as const
/** On a core that it shares with the load, the compiler needs this long to be done with the whole way of a request. */
const WARM_UP = { connections: 64, seconds: 10 }

/** What came out at one number of connections. */
interface Slices {
  readonly connections: number
  readonly ours: readonly CostSlice[]
  readonly stub: readonly CostSlice[]
  readonly echo: readonly CostSlice[]
  readonly perRequest: readonly CostSlice[]
}

/** A tiny model: how near the server comes to what HTTP and JSON cost alone. */
export const iris: Part = async ({ folder, rounds, seconds }) => {
  const servers = await startIrisServers(folder)
  const all = Object.values<IrisServer>({ ...servers })
  try {
    for (const server of all) await applyLoad({ ...server, ...WARM_UP })
    const results: Slices[] = []
    for (const connections of CONNECTIONS) {
      const load = (server: IrisServer) =>
        series(() => countCost(server.child.process, () => applyLoad({ ...server, connections, seconds })))
      const [ours, stub] = [load(servers.ours), load(servers.stub)]
      const [echo, perRequest] = [load(servers.echo), load(servers.perRequest)]
      await interleave([ours, stub, echo, perRequest], rounds)
      results.push({
        connections,
        ours: ours.slices,
        stub: stub.slices,
        echo: echo.slices,
        perRequest: perRequest.slices,
      })
    }
    return { title: 'Serving a tiny model (iris)', blocks: [INTRODUCTION, goals(results), rates(results)] }
  } finally {
    await Promise.all(all.map(({ child }) => child.stop()))
  }
}

const INTRODUCTION = `\`POST /predict\` with one row of iris, from wrk; server and client each on a core of their own. *Stub*: the same
server, its model replaced by a constant that is answered to all waiting requests in one \`setImmediate\`. *Echo*: plain Fastify
with schemas that answers a constant. *Run per request*: plain Fastify that awaits one \`session.run()\` in the handler. Ratios are of
requests/s, taken within each round of slices. *CPU* is what one request takes of the server's core, and what of that the kernel.`

/** The goals of ratios at 64 connections; at other numbers they are reported. */
const GOALS: Readonly<Record<'stub' | 'echo' | 'perRequest', Goal>> = {
  stub: { atLeast: 0.9 },
  echo: { atLeast: 1.25 },
  perRequest: { atLeast: 2 },
}

function goals(results: readonly Slices[]): string {
  return measureTable(results.flatMap(({ connections, ...slices }) => measuresAt(connections, slices)))
}

function measuresAt(connections: number, slices: Omit<Slices, 'connections'>): Measure[] {
  const { ours, stub, echo, perRequest } = slices
  const ratio = (what: string, other: readonly LoadSlice[], goal: Goal): Measure => ({
    what: `${connections} connection${connections === 1 ? '' : 's'}: requests/s of the ${what}`,
    values: ratios(ours.map(rate), other.map(rate)),
    digits: 2,
    ...(connections === 64 && { goal }),
  })
  const beyondEcho: Measure = {
    what: '1 connection: p50 over the echo, ms',
    values: pairwise(ours.map(p50), echo.map(p50), (a, b) => a - b),
    digits: 3,
    goal: { atMost: 0.06 },
  }
  return [
    ratio('stub', stub, GOALS.stub),
    ratio('echo', echo, GOALS.echo),
    ratio('run per request', perRequest, GOALS.perRequest),
    ...(connections === 1 ? [beyondEcho] : []),
  ]
}

function rates(results: readonly Slices[]): string {
  const head = [
    'connections',
    'server',
    'requests/s',
    'spread',
    'p50 ms',
    'p99 ms',
    'p99 spread',
    'CPU, µs',
    'of the kernel',
  ]
  const rows = results.flatMap(({ connections, ours, stub, echo, perRequest }) => {
    const row = (name: string, slices: readonly CostSlice[]) => [
      String(connections),
      name,
      median(slices.map(rate)).toFixed(0),
      spread(slices.map(rate), 0),
      median(slices.map(p50)).toFixed(2),
      median(slices.map(p99)).toFixed(2),
      spread(slices.map(p99), 2),
      median(slices.map(({ userUs, systemUs }) => userUs + systemUs)).toFixed(0),
      median(slices.map(({ systemUs }) => systemUs)).toFixed(0),
    ]
    return [row('this', ours), row('stub', stub), row('echo', echo), row('run per request', perRequest)]
  })
  return table(head, rows)
}

const rate = (slice: LoadSlice) => slice.requestsPerSecond
const p50 = (slice: LoadSlice) => slice.p50
const p99 = (slice: LoadSlice) => slice.p99
