import cluster, { type Worker } from 'node:cluster'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { FirstProcessEnded } from '../processes.ts'
import { NOBODY_LISTENS, QUIET, READY, STOP, tell, untilTold } from './messages.ts'

// PROCESSES > 1: one process supervises, accepts the connections and hands them round; the others serve. Loaded only then.

/** Before a process that ended is replaced; doubled each time that the new one ends early, too. */
const MIN_PAUSE_MS = 100
const MAX_PAUSE_MS = 10_000
/** Whoever lived longer did not end because of how it starts. */
const EARLY_MS = 30_000
/** Of the event loop, before the port is closed. */
const LAST_TURNS = 8

/** A process that serves, as the supervisor sees it. */
interface Child {
  readonly worker: Worker
  readonly startedAt: number
  readonly ended: Promise<End>
}

interface End {
  /** null: it was killed, or could not be started. */
  readonly code: number | null
  readonly reason: string
}

/** Starts the processes that serve, replaces those that end, and stops them all. */
export class Supervisor {
  readonly #log: FastifyBaseLogger
  readonly #children = new Set<Child>()
  /** Who listens, or has. */
  readonly #listening = new WeakSet<Worker>()
  readonly #stopping = new AbortController()

  constructor(log: FastifyBaseLogger) {
    this.#log = log
    cluster.on('listening', (worker) => this.#listening.add(worker))
  }

  /** One process first: what is wrong with it is wrong with all. The others when it is ready. Throws FirstProcessEnded. */
  async start(count: number): Promise<void> {
    const first = this.#fork()
    const end = await Promise.race([untilTold(first.worker, READY), first.ended])
    if (this.#stopping.signal.aborted) return
    if (end) throw new FirstProcessEnded(end.reason, end.code === 1)
    void this.#keepRunning(first)
    for (let more = count - 1; more > 0; more -= 1) void this.#keepRunning(this.#fork())
  }

  /** Lets all of them finish what they have. Throws when one did not. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const children = [...this.#children]
    const serving = children.filter(({ worker }) => this.#listening.has(worker))
    const starting = children.filter(({ worker }) => !this.#listening.has(worker))
    // Who does not listen yet shall not begin to.
    disconnect(starting)
    const quiet = serving.map(({ worker, ended }) => Promise.race([untilTold(worker, QUIET), ended]))
    for (const { worker } of serving) tell(worker, STOP)
    await Promise.all(quiet)
    // One that is made already is accepted, as in each turn: who is in the kernel's queue when the port closes is reset.
    for (let turn = 0; turn < LAST_TURNS; turn += 1) await nextTurn()
    // The port is closed, and what was handed out before arrives before this is heard.
    disconnect(serving)
    for (const { worker } of serving) tell(worker, NOBODY_LISTENS)
    const ends = await Promise.all(serving.map(({ ended }) => ended))
    for (const { worker } of starting) worker.process.kill('SIGKILL')
    await Promise.all(starting.map(({ ended }) => ended))
    const failed = ends.filter(({ code }) => code !== 0)
    if (failed.length > 0) throw new Error(`${failed.length} of ${children.length} processes did not finish`)
  }

  /** Passes a signal on to all. */
  signal(signal: NodeJS.Signals): void {
    for (const { worker } of this.#children) worker.process.kill(signal)
  }

  #fork(): Child {
    const worker = cluster.fork()
    const child = { worker, startedAt: performance.now(), ended: untilEnded(worker) }
    this.#children.add(child)
    void child.ended.then(() => this.#children.delete(child))
    return child
  }

  async #keepRunning(first: Child): Promise<void> {
    const { signal } = this.#stopping
    for (let child = first, pauseMs = MIN_PAUSE_MS; ; child = this.#fork()) {
      const { reason } = await child.ended
      if (signal.aborted) return
      const early = performance.now() - child.startedAt < EARLY_MS
      pauseMs = early ? Math.min(2 * pauseMs, MAX_PAUSE_MS) : MIN_PAUSE_MS
      this.#log.error({ process: child.worker.process.pid, reason, pauseMs }, 'a process ended: it is replaced')
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
    }
  }
}

/** Closes the port for these, all at once; for the last ones, altogether. */
function disconnect(children: readonly Child[]): void {
  for (const { worker } of children) if (worker.isConnected()) worker.disconnect()
}

function untilEnded(worker: Worker): Promise<End> {
  return new Promise((resolve) => {
    worker.on('exit', (code, signal) => {
      const end = { code, reason: signal || `exit code ${code}` }
      // Until then, the supervisor may still hand connections to it.
      if (worker.isConnected()) worker.on('disconnect', () => resolve(end))
      else resolve(end)
    })
    worker.on('error', (error) => resolve({ code: null, reason: error.message }))
  })
}
