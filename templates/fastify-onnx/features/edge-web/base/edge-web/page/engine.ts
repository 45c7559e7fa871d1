import type { CallName, Calls, Question, Told } from '../messages.ts'
import { messageOf, Problem } from '../problem.ts'

interface Waiting {
  resolve(answer: Calls[CallName]['answer']): void
  reject(error: Error): void
}

/** The worker, as functions to be awaited. Each throws Problem. */
export class Engine {
  readonly #worker = new Worker(new URL('../worker/worker.js', import.meta.url), { type: 'module' })
  readonly #waiting = new Map<number, Waiting>()
  #next = 0

  constructor(progress: (loaded: number, total: number) => void) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Told>) => {
      if (data.kind === 'progress') return progress(data.loaded, data.total)
      const waiting = this.#waiting.get(data.id)
      this.#waiting.delete(data.id)
      if (data.kind === 'answer') waiting?.resolve(data.answer)
      else waiting?.reject(new Problem(data.problem))
    })
    this.#worker.addEventListener('error', (event) => this.#fail(messageOf(event.message ?? 'it ended')))
  }

  /** `transfer`: what the worker takes over. */
  call<C extends CallName>(call: C, ask: Calls[C]['ask'], transfer: Transferable[] = []): Promise<Calls[C]['answer']> {
    const id = this.#next++
    // TypeScript does not relate `call` and `ask` of a type parameter to each other, though the signature does.
    const question = { id, call, ask } as Question
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage(question, transfer)
    })
  }

  close(): void {
    this.#worker.terminate()
    this.#fail('it was closed')
  }

  #fail(reason: string): void {
    const problem = new Problem({
      code: 'unexpected',
      message: `The worker that runs the model has ended: ${reason}.`,
      hint: 'Reload the page to start again.',
    })
    for (const { reject } of this.#waiting.values()) reject(problem)
    this.#waiting.clear()
  }
}
