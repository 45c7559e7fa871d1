import type { Tensors } from '../transforms/types.ts'
import { Batcher, type BatchLimits } from './batcher.ts'
import type { Call } from './call.ts'
import type { Engine } from './engine.ts'
import { publishThread } from './events.ts'
import { type ModelOptions, openModel } from './model.ts'
import { openPool } from './pool.ts'
import { hasIndependentRows, measureGain, type Run, repeatRow, timeBatches, timeRuns } from './probe.ts'
import { choosePlace, chooseSizes, isWorthwhile, type Place, type Resources, type Timing } from './tuning.ts'

export interface RunnerOptions {
  readonly model: Omit<ModelOptions, 'intraOpThreads'>
  /** What a request's tensors are: N rows, N rows that the model takes one at a time, or a whole without rows. */
  readonly rows: 'many' | 'one' | 'none'
  readonly resources: Resources
  /** Rows of a batch and rows that may wait, as decided by hand; undefined: as measured. */
  readonly maxRows: number | undefined
  readonly queueRows: number | undefined
  /** How long a batch waits to be filled; 0: not at all. */
  readonly delayMs: number
  /** A longer batch would use up too much of the time that a request has. */
  readonly maxBatchMs: number
}

/** What the warm-up has decided, for the log. */
export interface Tuning {
  readonly place: Place
  readonly limits: BatchLimits
}

/** Requests wait until it is known how they are to be run. */
const CLOSED: BatchLimits = { slots: 0, maxRows: null, bestRows: 1, queueRows: 1024, delayMs: 0, rowsPerSecond: 1024 }
/** A model that could not be measured is taken for a slow one. */
const UNKNOWN: Timing = { rows: 1, ms: 100 }
/** Where one row takes longer, a batch is not even tried. */
const MAX_PROBE_MS = 500
/** A batch on the event loop must not take longer. */
const INLINE_BATCH_MS = 2
/** Of the model's work may wait: what bounds the time of every request that is accepted. */
const QUEUE_SECONDS = 1
const MIN_QUEUE_ROWS = 16

/** The model as it is served: opened, measured, put where it belongs, behind a queue that forms batches. */
export class Runner implements Engine {
  readonly #options: RunnerOptions
  readonly #batcher: Batcher
  #place: Place
  #engine: Engine

  private constructor(options: RunnerOptions, place: Place, engine: Engine) {
    this.#options = options
    this.#place = place
    this.#engine = engine
    this.#batcher = new Batcher(engine, CLOSED, this)
  }

  /** Loads the model. Requests wait until it is tuned. Throws ModelFileError. */
  static async open(options: RunnerOptions): Promise<Runner> {
    // On the event loop, to be measured there, unless that was decided by hand.
    const place = choosePlace({ alone: { rows: 1, ms: 0 }, gain: 1 }, options.resources)
    const engine = await openEngine(options, place, (reason) => runner.#reportThread(reason))
    const runner: Runner = new Runner(options, place, engine)
    return runner
  }

  /** Rows that wait for their turn. */
  get queuedRows(): number {
    return this.#batcher.queuedRows
  }

  /** As decided when it was tuned; no slots until then. */
  get limits(): BatchLimits {
    return this.#batcher.limits
  }

  infer(tensors: Tensors, outputs: readonly string[], call?: Call): Promise<Tensors> {
    return this.#batcher.infer(tensors, outputs, call)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }

  /**
   * Measures the model on a request that works, decides where and in which batches it runs, and starts to answer.
   * Throws what the model throws: it waits on, then.
   */
  async tune(request: Tensors, outputs: readonly string[]): Promise<Tuning> {
    const { rows, resources } = this.#options
    const run: Run = (tensors) => this.#engine.infer(tensors, outputs)
    const sample = rows === 'none' ? request : repeatRow(request, 1)
    const alone = await timeRuns(run, sample, 1)
    // What is too long for the event loop is measured in a thread, with one core as here: health checks are answered meanwhile.
    await this.#moveTo(choosePlace({ alone, gain: 1 }, { ...resources, cores: 1 }))
    const isBatchable = rows === 'many' && (await hasIndependentRows(run, sample))
    const gain = isBatchable && alone.ms < MAX_PROBE_MS ? await measureGain(run, sample) : 1
    const place = choosePlace({ alone, gain }, resources)
    await this.#moveTo(place)
    const timings = isWorthwhile(gain) ? await timeBatches(run, sample, this.#maxBatchMs()) : ([alone] as const)
    const keepsWhole = rows === 'none' || (rows === 'many' && !isBatchable)
    return this.#start(timings, keepsWhole)
  }

  /** Answers without having measured anything: the sample does not run. */
  async startUnmeasured(): Promise<Tuning> {
    await this.#moveTo(choosePlace({ alone: UNKNOWN, gain: 1 }, { ...this.#options.resources, cores: 1 }))
    return this.#start([UNKNOWN], this.#options.rows !== 'one')
  }

  #start(timings: readonly [Timing, ...Timing[]], keepsWhole: boolean): Tuning {
    const { maxRows, queueRows, delayMs } = this.#options
    const sizes = chooseSizes(timings)
    const slots = Math.max(1, this.#place.inferenceThreads)
    const rowsPerSecond = sizes.rowsPerSecond * slots
    const limits = {
      slots,
      maxRows: keepsWhole ? null : (maxRows ?? sizes.max),
      bestRows: Math.min(sizes.best, maxRows ?? sizes.best),
      queueRows: queueRows ?? Math.max(MIN_QUEUE_ROWS, Math.ceil(rowsPerSecond * QUEUE_SECONDS)),
      delayMs,
      rowsPerSecond,
    }
    this.#batcher.use(this.#engine, limits)
    return { place: this.#place, limits }
  }

  #maxBatchMs(): number {
    return this.#place.inferenceThreads === 0 ? INLINE_BATCH_MS : this.#options.maxBatchMs
  }

  async #moveTo(place: Place): Promise<void> {
    const { inferenceThreads, intraOpThreads } = this.#place
    const stays = place.inferenceThreads === inferenceThreads && place.intraOpThreads === intraOpThreads
    this.#place = place
    if (stays) return
    const previous = this.#engine
    this.#engine = await openEngine(this.#options, place, (reason) => this.#reportThread(reason))
    await previous.close()
  }

  #reportThread(reason: string): void {
    publishThread({ source: this, reason })
  }
}

function openEngine(
  { model }: RunnerOptions,
  { inferenceThreads, intraOpThreads }: Place,
  onThreadEnd: (reason: string) => void,
): Promise<Engine> {
  const options = { ...model, intraOpThreads }
  return inferenceThreads === 0 ? openModel(options) : openPool(options, inferenceThreads, onThreadEnd)
}
