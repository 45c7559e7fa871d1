import { readFile } from 'node:fs/promises'

/** What Linux says of a process (proc(5)). */
export interface ProcessStat {
  /** As ps shows it: T when it was stopped by a signal, Z when it has ended and nobody was told yet; empty when it is gone. */
  readonly state: string
  readonly parent: number
  /** What it has worked in its own code and in the kernel, all threads together, in hundredths of a second. */
  readonly userTicks: number
  readonly systemTicks: number
}

/** Of a process that has ended, all is empty or NaN. */
export async function readProcessStat(id: number): Promise<ProcessStat> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
  // The second field is the name, in brackets, and may hold anything; utime and stime are the 14th and 15th.
  const [state = '', parent, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state, parent: Number(parent), userTicks: Number(fields[9]), systemTicks: Number(fields[10]) }
}
