import { InvalidInput } from '../transforms/errors.ts'
import { concatRows } from '../transforms/rows.ts'
import type { Tensor, Tensors } from '../transforms/types.ts'
import { areCompatible, joinJobs, sliceTensors, splitOutputs } from './batch.ts'
import type { Call } from './call.ts'
import type { Engine } from './engine.ts'
import { QueueFull, ThreadDied } from './errors.ts'
import { publishBatch } from './events.ts'
import { Job } from './job.ts'
import { JobQueue } from './job-queue.ts'

/** Jobs of another shape that may be passed over for one that fits into the batch. */
const LOOK_AHEAD = 64

export interface BatchLimits {
  /** Runs at a time: 1 on the event loop, else one per inference thread. */
  readonly slots: number
  /** Rows of a run; more are split. 1 is no batching. null: requests are whole and never joined, as they have no rows. */
  readonly maxRows: number | null
  /** Rows beyond which a larger batch gains nothing; no longer waited for. */
  readonly bestRows: number
  /** Rows that may wait. */
  readonly queueRows: number
  /** How long a batch may wait to be filled, in milliseconds; 0: not at all. */
  readonly delayMs: number
  /** What the model does in a second, as measured: how long those who wait will have to. */
  readonly rowsPerSecond: number
}

/**
 * Opportunistic batching: what has arrived while the event loop read its sockets, or while the model was busy, is run as one
 * batch. Nothing waits for company (unless `delayMs` says so), so a lone request loses no time.
 */
export class Batcher implements Engine {
  limits: BatchLimits
  #engine: Engine
  readonly #source: object
  readonly #queue = new JobQueue()
  #running = 0
  #flushing = false
  #timer: NodeJS.Timeout | undefined

  /** Its events are those of `source`. */
  constructor(engine: Engine, limits: BatchLimits, source: object) {
    this.#engine = engine
    this.#source = source
    this.limits = limits
  }

  /** Rows that wait. */
  get queuedRows(): number {
    return this.#queue.rows
  }

  /** Batches that are being computed. */
  get running(): number {
    return this.#running
  }

  /** From the next batch on, `engine` runs them. */
  use(engine: Engine, limits: BatchLimits): void {
    this.#engine = engine
    this.limits = limits
    this.#wake()
  }

  infer(tensors: Tensors, outputs: readonly string[], call?: Call): Promise<Tensors> {
    const rows = this.limits.maxRows === null ? 1 : rowsOf(tensors)
    try {
      this.#assertRoom(rows)
    } catch (error) {
      return Promise.reject(error)
    }
    if (this.limits.maxRows === null || rows <= this.limits.maxRows) {
      return this.#enqueue(new Job(tensors, outputs, rows, call))
    }
    return this.#inferParts(tensors, outputs, call)
  }

  close(): Promise<void> {
    clearTimeout(this.#timer)
    return this.#engine.close()
  }

  /** An empty queue takes any request, or a large one could never be answered. */
  #assertRoom(rows: number): void {
    const waiting = this.#queue.rows
    if (waiting === 0 || waiting + rows <= this.limits.queueRows) return
    throw new QueueFull(
      'The server has more requests waiting than it may.',
      (waiting / this.limits.rowsPerSecond) * 1000,
    )
  }

  #enqueue(job: Job): Promise<Tensors> {
    this.#queue.push(job)
    this.#wake()
    return job.result
  }

  /** More rows than a run takes: parts, which may run at the same time, and whose outputs are joined. One fails: all do. */
  async #inferParts(tensors: Tensors, outputs: readonly string[], call?: Call): Promise<Tensors> {
    const jobs = cutRows(tensors, rowsOf(tensors), this.limits.maxRows ?? 1).map(
      (part) => new Job(part, outputs, rowsOf(part), call),
    )
    try {
      return joinParts(outputs, await Promise.all(jobs.map((job) => this.#enqueue(job))))
    } catch (error) {
      for (const job of jobs) if (!job.settled) job.reject(error)
      throw error
    }
  }

  /** After the event loop has read what has arrived, and not before. */
  #wake(): void {
    if (this.#flushing || this.#queue.length === 0 || this.#running >= this.limits.slots) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    while (this.#running < this.limits.slots && !this.#waitsForMore()) {
      const [first, ...others] = this.#takeBatch()
      if (first === undefined) return
      this.#running += 1
      this.#run([first, ...others]).finally(() => {
        this.#running -= 1
        this.#wake()
      })
    }
  }

  #waitsForMore(): boolean {
    const { delayMs, bestRows } = this.limits
    const { first } = this.#queue
    if (delayMs === 0 || first === undefined || this.#queue.rows >= bestRows) return false
    const waitMs = first.queuedAt + delayMs - performance.now()
    if (waitMs <= 0) return false
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#wake()
    }, waitMs)
    return true
  }

  /** The first that is still wanted, and all behind it that fit to it and into the batch. */
  #takeBatch(): readonly Job[] {
    const batch: Job[] = []
    const passedOver: Job[] = []
    let room = this.limits.maxRows ?? 1
    while (room > 0 && passedOver.length < LOOK_AHEAD) {
      const job = this.#queue.shift()
      if (job === undefined) break
      if (!job.isWanted()) continue
      const [first] = batch
      if (first !== undefined && (job.rows > room || job.rows === 0 || !areCompatible(first, job))) {
        passedOver.push(job)
        if (job.rows > room) break
        continue
      }
      batch.push(job)
      // A request of no rows has nothing to share.
      room = job.rows === 0 ? 0 : room - job.rows
    }
    this.#queue.unshift(passedOver)
    return batch
  }

  async #run(jobs: readonly [Job, ...Job[]]): Promise<void> {
    const [first, ...others] = jobs
    if (others.length === 0) return this.#runAlone(first)
    try {
      const results = splitOutputs(await this.#infer(jobs), jobs)
      for (const [index, job] of jobs.entries()) job.resolve(results[index] ?? {})
    } catch {
      // Whose fault it was is not told: each for itself, and only the one that cannot run fails.
      for (const job of jobs) if (job.isWanted()) await this.#runAlone(job)
    }
  }

  async #runAlone(job: Job): Promise<void> {
    try {
      job.resolve(await this.#infer([job]).catch((error) => this.#tryAgain(job, error)))
    } catch (error) {
      if (!job.settled) job.reject(error)
    }
  }

  /** The thread's end need not be this request's doing: it gets one more. */
  #tryAgain(job: Job, error: unknown): Promise<Tensors> {
    if (!(error instanceof ThreadDied)) throw error
    return this.#infer([job])
  }

  async #infer(jobs: readonly [Job, ...Job[]]): Promise<Tensors> {
    const startedAt = performance.now()
    for (const { call, queuedAt } of jobs) if (call) call.ms.queue += startedAt - queuedAt
    const outputs = await this.#engine.infer(joinJobs(jobs), jobs[0].outputs)
    const ms = performance.now() - startedAt
    for (const { call } of jobs) if (call) call.ms.inference += ms
    publishBatch({ source: this.#source, jobs, startedAt, ms })
    return outputs
  }
}

/** 1 for tensors without rows: a model without inputs, or a scalar. */
function rowsOf(tensors: Tensors): number {
  for (const name in tensors) return tensors[name]?.shape[0] ?? 1
  return 1
}

function cutRows(tensors: Tensors, rows: number, size: number): readonly Tensors[] {
  return Array.from({ length: Math.ceil(rows / size) }, (_, part) =>
    sliceTensors(tensors, part * size, Math.min(rows, (part + 1) * size)),
  )
}

function joinParts(outputs: readonly string[], parts: readonly Tensors[]): Tensors {
  return Object.fromEntries(
    outputs.map((name) => [
      name,
      joinTensors(
        name,
        parts.flatMap((part) => part[name] ?? []),
      ),
    ]),
  )
}

function joinTensors(name: string, [first, ...others]: readonly Tensor[]): Tensor {
  if (first === undefined) throw new Error(`no rows of "${name}"`)
  const row = first.shape.slice(1).join()
  if (others.some(({ shape }) => shape.slice(1).join() !== row)) {
    const detail = `the rows give "${name}" in different shapes: send them one at a time`
    throw new InvalidInput({ pointer: '/data', detail })
  }
  return concatRows([first, ...others])
}
