import { CreateError } from '../errors.ts'
import { isErrno } from './disk-error.ts'

/** Targets that this process is writing to, by absolute path: its own pid cannot tell two calls apart. */
const busy = new Set<string>()

/** Runs one writing command on a target; a second one in this process is refused. Throws `runtime`. */
export async function alone<T>(target: string, write: () => Promise<T>): Promise<T> {
  if (busy.has(target)) throw busyError(target, process.pid)
  busy.add(target)
  try {
    return await write()
  } finally {
    busy.delete(target)
  }
}

/**
 * True when another process has this id. Our own id is nobody else's: what carries it was left by a process before us,
 * as happens in containers, where ids are few. 0 is what a process leaves that gave up.
 */
export function isOtherProcess(pid: number): boolean {
  if (pid === 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}

/** What the second of two commands on one target is told. */
export function busyError(target: string, pid: number): CreateError {
  return new CreateError('runtime', `process ${pid} is writing to ${target}`, {
    hint: `Run the command again when it has ended. If process ${pid} is another program, delete ${target}/.create-inference-server/txn first.`,
  })
}
