import { execa } from 'execa'

/** Where servers run, and everything else: wrk, and the benchmark itself. As `taskset -c` takes them. */
export const SERVER_CORE = '0'
export const CLIENT_CORE = '1'
export const BOTH_CORES = '0,1'

/** The commands that must be there and work; the names of what does not. Without a second core that is taskset. */
export async function missingTools(): Promise<string[]> {
  const tools = {
    wrk: ['-v'],
    'redis-server': ['--version'],
    taskset: ['-c', CLIENT_CORE, 'true'],
    python3: ['-c', 'import numpy, onnx'],
  }
  const found = await Promise.all(
    Object.entries(tools).map(async ([name, args]) => {
      const { exitCode } = await execa(name, args, { reject: false })
      // `wrk -v` prints its version and exits with 1.
      return exitCode === 0 || (name === 'wrk' && exitCode === 1) ? [] : [name]
    }),
  )
  return found.flat()
}

/** Moves this process and all that it starts to the client's core: what is measured has the other one for itself. */
export async function leaveServerCore(): Promise<void> {
  await execa('taskset', ['-a', '-p', '-c', CLIENT_CORE, String(process.pid)])
}
