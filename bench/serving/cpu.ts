import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
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
export async function countCost(process: ChildProcess, load: () => Promise<LoadSlice>): Promise<CostSlice> {
  const before = await readTicks(process)
  const slice = await load()
  const after = await readTicks(process)
  const each = (ticks: number) => (ticks * TICK_US) / slice.requests
  return { ...slice, userUs: each(after.user - before.user), systemUs: each(after.system - before.system) }
}

async function readTicks({ pid }: ChildProcess): Promise<{ user: number; system: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // proc(5): utime and stime are the 14th and 15th; the name, in brackets, is the second and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { user: Number(fields[11]), system: Number(fields[12]) }
}
