/** What a run costs at some number of rows, in milliseconds. */
export interface Timing {
  readonly rows: number
  readonly ms: number
}

/** What this process may use, and what people have decided by hand (undefined: to be found out). */
export interface Resources {
  /** This process' share of the cores that the cgroup grants. */
  readonly cores: number
  readonly inferenceThreads: number | undefined
  readonly intraOpThreads: number | undefined
  /** Bytes of the model, and of this process' share of the memory. Each inference thread holds the model once. */
  readonly modelBytes: number
  readonly memoryBytes: number
}

/** Where runs are computed. */
export interface Place {
  /** 0: on the event loop. */
  readonly inferenceThreads: number
  /** Threads that one run may use. */
  readonly intraOpThreads: number
  readonly reason: string
}

/** What was measured of the model: one row, and how many times the rows per second of that a batch does. */
export interface Measured {
  readonly alone: Timing
  readonly gain: number
}

/** A longer run would hold up health checks, and all else on the event loop. */
const INLINE_MS = 1
/** With one core a thread only adds what it costs to switch and to hand over: a fifth of the speed of an image model. */
const INLINE_MS_ON_ONE_CORE = 10
const WORTHWHILE_GAIN = 1.2
/** Of the memory, for the model in all inference threads. */
const MODEL_SHARE = 0.5

/** On the event loop, in one thread, or in several; what was decided by hand stays. Together within the cores. */
export function choosePlace(measured: Measured, resources: Resources): Place {
  const { cores, inferenceThreads, intraOpThreads } = resources
  const { count, reason } =
    inferenceThreads === undefined
      ? chooseCount(measured, resources)
      : { count: inferenceThreads, reason: `INFERENCE_THREADS=${inferenceThreads}` }
  // Short runs only lose by being shared out.
  const share = measured.alone.ms < INLINE_MS && count === 0 ? 1 : Math.floor(cores / Math.max(1, count))
  return { inferenceThreads: count, intraOpThreads: intraOpThreads ?? Math.max(1, share), reason }
}

function chooseCount({ alone, gain }: Measured, resources: Resources): { count: number; reason: string } {
  const cost = `one row takes ${show(alone.ms)} ms`
  if (alone.ms < INLINE_MS) return { count: 0, reason: `${cost}: short enough for the event loop` }
  if (isWorthwhile(gain)) {
    return { count: 1, reason: `${cost}, batches do ${show(gain)} times as many rows: one thread, with full batches` }
  }
  if (resources.cores === 1 && alone.ms < INLINE_MS_ON_ONE_CORE) {
    return { count: 0, reason: `${cost}, batches gain nothing: short enough for the event loop of one core` }
  }
  const count = Math.max(1, Math.min(coresForThreads(resources), threadsInMemory(resources)))
  return { count, reason: `${cost}, batches gain nothing: as many threads as there are cores and memory for` }
}

function coresForThreads({ cores, intraOpThreads = 1 }: Resources): number {
  return Math.floor(cores / intraOpThreads)
}

function threadsInMemory({ modelBytes, memoryBytes }: Resources): number {
  return Math.floor((memoryBytes * MODEL_SHARE) / Math.max(1, modelBytes))
}

export interface BatchSizes {
  /** Rows of a run, at most. */
  readonly max: number
  /** More rows than this gain nothing. */
  readonly best: number
  readonly rowsPerSecond: number
}

/** Of the fastest size's speed, what a smaller one must reach to be as good. */
const AS_GOOD = 0.95

/** From timings at growing sizes: the maximum is the largest, the best the smallest that is as fast as any. */
export function chooseSizes(timings: readonly [Timing, ...Timing[]]): BatchSizes {
  const fastest = Math.max(...timings.map(speedOf))
  const best = timings.find((timing) => speedOf(timing) >= AS_GOOD * fastest) ?? timings[0]
  return { max: Math.max(...timings.map(({ rows }) => rows)), best: best.rows, rowsPerSecond: fastest }
}

/** Rows per second of a batch, as parts of those of single rows: 8 rows in the time of one are 8. */
export function gainOf(alone: Timing, batch: Timing): number {
  return speedOf(batch) / speedOf(alone)
}

export function isWorthwhile(gain: number): boolean {
  return gain >= WORTHWHILE_GAIN
}

/** Rows per second. */
export function speedOf({ rows, ms }: Timing): number {
  return (rows * 1000) / Math.max(ms, 1e-3)
}

function show(value: number): string {
  return String(Number(value.toPrecision(2)))
}
