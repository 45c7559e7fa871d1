import type { Input } from '../messages.ts'
import type { Problem } from '../problem.ts'
import type { Engine } from './engine.ts'
import { clearNotice, showProblem } from './notices.ts'
import { showOutcome } from './result.ts'

/** Lets inputs be answered one after the other. Of those that come meanwhile, only the last one counts. */
export class Answerer {
  #engine: Engine | undefined
  #waiting: Input | undefined
  #last: Input | undefined
  #isBusy = false

  /** Answers by another engine from now on, and the last input again. */
  use(engine: Engine | undefined): void {
    this.#engine = engine
    if (engine && this.#last) void this.answer(this.#last)
  }

  /** `refused` is told what is wrong with the input, else it is shown as a message. */
  async answer(input: Input, refused?: (problem: Problem) => void): Promise<void> {
    this.#last = isPicture(input) ? undefined : input
    if (!this.#engine) return
    if (this.#isBusy) {
      this.#waiting = input
      return
    }
    this.#isBusy = true
    try {
      showOutcome(await this.#engine.call('predict', input, isPicture(input) ? [input.image] : []))
      clearNotice('input')
    } catch (error) {
      showProblem('input', error)
      refused?.(error as Problem) // Engine.call throws no other
    } finally {
      this.#isBusy = false
    }
    const next = this.#waiting
    this.#waiting = undefined
    if (next) await this.answer(next, refused)
  }
}

/** A picture of the camera goes to the worker as it is: afterwards it is no more. */
function isPicture(input: Input): input is { readonly kind: 'image'; readonly image: ImageBitmap } {
  return input.kind === 'image' && input.image instanceof ImageBitmap
}
