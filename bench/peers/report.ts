import { median, ratios } from '../serving/statistics.ts'
import { type Measure, measureTable, spread, table } from '../serving/table.ts'
import type { LoadSlice } from '../serving/wrk.ts'
import type { Load } from './loads.ts'
import { ours } from './ours.ts'
import type { Starts } from './starts.ts'
import type { Workload } from './workloads.ts'

const rate = (slice: LoadSlice) => slice.requestsPerSecond
const p50 = (slice: LoadSlice) => slice.p50
const p99 = (slice: LoadSlice) => slice.p99

/** What was measured at the most connections. */
export function atMost(connections: readonly number[], loads: readonly Load[]): Load[] {
  const most = Math.max(...connections)
  return loads.filter((load) => load.connections === most)
}

/** Our server against each peer, round by round: the ratios that the goals are for. */
export function ratioTable({ connections, goal }: Workload, loads: readonly Load[]): string {
  const at = atMost(connections, loads)
  const own = at.find(({ contender }) => contender.id === ours.id)
  if (own === undefined) throw new Error('our server was not measured')
  return measureTable(at.filter((load) => load !== own).flatMap((peer) => compare(own, peer, goal)))
}

function compare(own: Load, peer: Load, goal: Workload['goal']): Measure[] {
  const { id, title } = peer.contender
  const atLeast = goal(id)
  const at = `${peer.connections} connections`
  return [
    {
      what: `${at}: requests/s, times those of ${title}`,
      values: ratios(own.slices.map(rate), peer.slices.map(rate)),
      digits: 2,
      ...(atLeast !== undefined && { goal: { atLeast } }),
    },
    {
      what: `${at}: p99, part of that of ${title}`,
      values: ratios(own.slices.map(p99), peer.slices.map(p99)),
      digits: 2,
      ...(atLeast !== undefined && { goal: { atMost: 1 } }),
    },
  ]
}

/** What each server did, at each number of connections. */
export function rateTable(loads: readonly Load[]): string {
  const head = ['connections', 'server', 'requests/s', 'spread', 'p50 ms', 'p99 ms', 'p99 spread']
  const rows = loads.map(({ contender, connections, slices }) => [
    String(connections),
    contender.title,
    showRate(median(slices.map(rate))),
    slices.length === 0 ? '' : `${showRate(Math.min(...slices.map(rate)))}–${showRate(Math.max(...slices.map(rate)))}`,
    median(slices.map(p50)).toFixed(2),
    median(slices.map(p99)).toFixed(2),
    spread(slices.map(p99), 2),
  ])
  return table(head, rows)
}

function showRate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 1000 ? 1 : 0)
}

/** How long until the first prediction, and the memory of all processes after load. */
export function startTable(starts: readonly Starts[]): string {
  const rows = starts.map(({ contender, slices }) => {
    const ms = slices.map((slice) => slice.ms)
    const mb = slices.map((slice) => slice.memory / 1e6)
    return [contender.title, median(ms).toFixed(0), spread(ms, 0), median(mb).toFixed(0), spread(mb, 0)]
  })
  return table(['server', 'first prediction, ms', 'spread', 'memory after load, MB', 'spread'], rows)
}
