import { readFile } from 'node:fs/promises'

/** What the process holds of memory, in MB (10^6 bytes). Throws when it is gone. */
export async function residentMb(pid: number | undefined): Promise<number> {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error('no VmRSS: the process is gone')
  return (Number(kib) * 1024) / 1e6
}

/** The most that it held, asked every 50 ms. */
export function watchMemory(pid: number | undefined): { peakMb(): number; stop(): void } {
  let peak = 0
  const timer = setInterval(async () => {
    peak = Math.max(peak, await residentMb(pid).catch(() => 0))
  }, 50)
  return { peakMb: () => peak, stop: () => clearInterval(timer) }
}
