/** Where the time of a request goes; `queue` and `inference` are those of its batch. In this order. */
export const STAGES = ['preprocess', 'queue', 'inference', 'postprocess'] as const

export type Stage = (typeof STAGES)[number]

/** The caller's end of a request. */
export interface Caller {
  readonly id: string
  /** What its door knows the request by: those who watch it there, and here, find what belongs together. */
  readonly origin: object
  /** How long the caller waits, in milliseconds from now; Infinity without a limit. */
  readonly timeoutMs: number
  /** Whether it hung up. Asked when a batch is formed: cheaper than a listener for each request. */
  isGone(): boolean
}

/** One request on its way through the pipeline: who waits for it, until when, and what it has cost so far. */
export class Call {
  readonly caller: Caller
  /** In milliseconds of `performance.now()`, as `deadline`. */
  readonly startedAt: number
  readonly deadline: number
  /** Milliseconds of the stages that it has been through. */
  readonly ms: Record<Stage, number> = { preprocess: 0, queue: 0, inference: 0, postprocess: 0 }
  /** From the start to the answer; 0 until then. */
  totalMs = 0
  rows = 0

  constructor(caller: Caller) {
    this.caller = caller
    this.startedAt = performance.now()
    this.deadline = this.startedAt + caller.timeoutMs
  }

  isGone(): boolean {
    return this.caller.isGone()
  }
}
