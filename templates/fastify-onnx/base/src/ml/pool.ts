import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from './engine.ts'
import { Unavailable } from './errors.ts'
import type { ModelOptions } from './model.ts'
import { InferenceThread } from './thread.ts'

/** Before the next attempt to replace a thread that ended: a model that kills each one must not keep a core busy with loading. */
const MIN_PAUSE_MS = 50
const MAX_PAUSE_MS = 10_000
/** How long a request waits for a thread to be replaced before it is answered 503. */
const PATIENCE_MS = 5_000

export interface Pool extends Engine {
  /** Inference threads that are alive. */
  size(): number
}

/**
 * `count` inference threads. Whoever uses it keeps at most `count` runs in flight. A thread that ends is replaced; what it ran
 * throws ThreadDied, and `onEnd` is told why. Throws ModelFileError.
 */
export async function openPool(options: ModelOptions, count: number, onEnd: (reason: string) => void): Promise<Pool> {
  const threads = new Set<InferenceThread>()
  const closing = new AbortController()
  const changes = new EventEmitter().setMaxListeners(0)

  async function add(): Promise<void> {
    let opened: InferenceThread | undefined
    opened = await InferenceThread.open(options, (reason) => {
      // One that ended while it opened is told by the error.
      if (opened === undefined || closing.signal.aborted) return
      threads.delete(opened)
      onEnd(reason)
      void replace(MIN_PAUSE_MS)
    })
    if (closing.signal.aborted) return opened.close()
    threads.add(opened)
    changes.emit('added')
  }

  async function replace(pauseMs: number): Promise<void> {
    await sleep(pauseMs, undefined, { ref: false })
    if (closing.signal.aborted) return
    await add().catch(() => replace(Math.min(2 * pauseMs, MAX_PAUSE_MS)))
  }

  function findIdle(): InferenceThread | undefined {
    return [...threads].find((thread) => thread.isIdle)
  }

  async function untilAdded(): Promise<void> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(PATIENCE_MS)])
    await once(changes, 'added', { signal }).catch(() => {
      throw new Unavailable('No inference thread is running: they are being restarted.')
    })
  }

  async function close(): Promise<void> {
    closing.abort()
    await Promise.all([...threads].map((thread) => thread.close()))
  }

  await Promise.all(Array.from({ length: count }, add)).catch(async (error) => {
    await close()
    throw error
  })
  return {
    size: () => threads.size,
    async infer(tensors, outputs) {
      for (;;) {
        // Found and taken without an await between.
        const thread = findIdle()
        if (thread !== undefined) return thread.run({ tensors, outputs })
        await untilAdded()
      }
    },
    close,
  }
}
