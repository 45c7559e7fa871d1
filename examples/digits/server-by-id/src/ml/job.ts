import type { Tensors } from '../transforms/types.ts'
import type { Call } from './call.ts'
import { CallerGone, DeadlineExceeded } from './errors.ts'

/** What a batch is made of: a request's tensors, or a part of its rows where they are more than a batch takes. */
export class Job {
  readonly tensors: Tensors
  readonly outputs: readonly string[]
  readonly rows: number
  readonly call: Call | undefined
  readonly result: Promise<Tensors>
  readonly queuedAt = performance.now()
  /** Answered, one way or the other. */
  settled = false
  #resolve: (outputs: Tensors) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined
  #timer: NodeJS.Timeout | undefined

  constructor(tensors: Tensors, outputs: readonly string[], rows: number, call?: Call) {
    this.tensors = tensors
    this.outputs = outputs
    this.rows = rows
    this.call = call
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (call !== undefined && call.deadline !== Number.POSITIVE_INFINITY) this.#startTimer(call)
  }

  /** Whether somebody still waits for it. Called before it is computed: what nobody waits for is not. */
  isWanted(): boolean {
    if (this.settled) return false
    if (this.call?.isGone() !== true) return true
    this.reject(new CallerGone('the caller hung up'))
    return false
  }

  resolve(outputs: Tensors): void {
    this.#settle()
    this.#resolve(outputs)
  }

  reject(error: unknown): void {
    this.#settle()
    this.#reject(error)
  }

  #settle(): void {
    this.settled = true
    clearTimeout(this.#timer)
  }

  #startTimer(call: Call): void {
    const waitMs = call.deadline - performance.now()
    const expire = () => this.reject(new DeadlineExceeded(`No prediction within ${call.caller.timeoutMs} ms.`))
    if (waitMs <= 0) expire()
    else this.#timer = setTimeout(expire, waitMs)
  }
}
