import { createRequire, syncBuiltinESMExports } from 'node:module'

/**
 * Loaded first into a child process: gives it one real signal at the n-th call that it makes of the file system, before the
 * call (`before`) or when the call is on its way (`during`). Without DIE_AT it prints how many calls there were.
 */
const require = createRequire(import.meta.url)
const disk: Record<string, (...args: unknown[]) => unknown> = require('node:fs/promises')
const deadline = Number(process.env.DIE_AT ?? Number.POSITIVE_INFINITY)
const moment = process.env.DIE_WHEN ?? 'before'
const signal = process.env.DIE_BY ?? 'SIGKILL'
let calls = 0

function counted(call: (...args: unknown[]) => unknown, self: unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    const number = ++calls // a call may make others
    if (number === deadline && moment === 'before') process.kill(process.pid, signal)
    const result = call.apply(self, args)
    if (number === deadline && moment === 'during') process.kill(process.pid, signal)
    return result
  }
}

for (const [name, call] of Object.entries(disk)) {
  if (typeof call === 'function') disk[name] = counted(call, disk)
}

const open = disk.open
disk.open = async (...args) => {
  const handle = await open?.(...args)
  if (typeof handle !== 'object' || handle === null) return handle
  for (const name of ['sync', 'chmod', 'close', 'write', 'read']) {
    const method: unknown = Reflect.get(handle, name)
    if (typeof method === 'function') {
      Reflect.set(
        handle,
        name,
        counted((...more) => Reflect.apply(method, handle, more), handle),
      )
    }
  }
  return handle
}
syncBuiltinESMExports()

if (deadline === Number.POSITIVE_INFINITY) process.on('exit', () => process.stdout.write(`${calls}\n`))
