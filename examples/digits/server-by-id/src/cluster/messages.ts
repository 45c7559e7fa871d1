import type { Worker } from 'node:cluster'

/** All that a process says to its supervisor, and the supervisor to all. */
export const READY = 'ready'
export const QUIET = 'nobody connects any more'
export const STOP = 'finish what you have, and end'
export const NOBODY_LISTENS = 'nobody listens any more'

/** One that has just ended cannot be told anything. */
export function tell(worker: Worker, message: string): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}

/** Resolves when the other side says so. */
export function untilTold(worker: Worker, wanted: string): Promise<undefined> {
  return new Promise((resolve) => {
    worker.on('message', (message) => {
      if (message === wanted) resolve(undefined)
    })
  })
}
