import type { ChildProcess } from 'node:child_process'
import { readProcessStat } from './process-stat.ts'
import type { LoadSlice } from './wrk.ts'

/** The kernel counts in hundredths of a second. */
const TICK_US = 10_000

/** A slice of load, and what of the server's processor each request took, in microseconds. */
export interface CostSlice extends LoadSlice {
  /** In the server's own code: JavaScript, its compiler and garbage collector, the model. */
  readonly userUs: number
  /** In the kernel: sockets, most of it. */
  readonly systemUs: number
}

/** Measures what the load takes of all threads of a process. */
export async function countCost({ pid }: ChildProcess, load: () => Promise<LoadSlice>): Promise<CostSlice> {
  if (pid === undefined) throw new Error('a process that was not started costs nothing')
  const before = await readProcessStat(pid)
  const slice = await load()
  const after = await readProcessStat(pid)
  const each = (ticks: number) => (ticks * TICK_US) / slice.requests
  return {
    ...slice,
    userUs: each(after.userTicks - before.userTicks),
    systemUs: each(after.systemTicks - before.systemTicks),
  }
}
