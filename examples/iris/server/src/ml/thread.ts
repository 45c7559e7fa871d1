import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Fault, InvalidInput } from '../transforms/errors.ts'
import type { Tensors } from '../transforms/types.ts'
import { mapTensors } from './batch.ts'
import { ModelError, ModelFileError, ThreadDied } from './errors.ts'
import type { ModelOptions } from './model.ts'

/** To the thread: run this. */
export interface Order {
  readonly tensors: Tensors
  readonly outputs: readonly string[]
}

/** From the thread. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'outputs'; readonly outputs: Tensors }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  | { readonly kind: 'failed'; readonly message: string }

const ENTRY = entryOf(new URL(`./inference-thread${extname(import.meta.url)}`, import.meta.url))

/**
 * A thread with a session of its own, so that a run does not hold up the event loop: `session.run` is not asynchronous.
 * It runs one order at a time.
 */
export class InferenceThread {
  readonly #worker: Worker
  #settle: ((answer: Answer | ThreadDied) => void) | undefined
  /** By the last that it was asked. */
  #answered: Promise<unknown> = Promise.resolve()
  #ended = false

  private constructor(worker: Worker, onEnd: (reason: string) => void) {
    this.#worker = worker
    let reason = 'it exited'
    worker.on('message', (answer: Answer) => this.#finish(answer))
    worker.on('error', (error) => {
      reason = error.message
    })
    worker.on('exit', () => {
      this.#ended = true
      this.#finish(new ThreadDied(`The inference thread ended: ${reason}`))
      onEnd(reason)
    })
  }

  /** Loads the model in a new thread. `onEnd` is called once, when the thread ends for whatever reason. Throws ModelFileError. */
  static async open(options: ModelOptions, onEnd: (reason: string) => void): Promise<InferenceThread> {
    const thread = new InferenceThread(new Worker(ENTRY, { workerData: options }), onEnd)
    const answer = await thread.#wait()
    if (answer instanceof ThreadDied) throw new ModelFileError(answer.message)
    return thread
  }

  get isIdle(): boolean {
    return !this.#ended && this.#settle === undefined
  }

  /** Throws InvalidInput, ModelError, and ThreadDied when it ended instead of answering. */
  async run(order: Order): Promise<Tensors> {
    const answered = this.#wait()
    const { tensors, buffers } = copyTensors(order.tensors)
    this.#worker.postMessage({ ...order, tensors } satisfies Order, buffers)
    const answer = await answered
    if (answer instanceof ThreadDied) throw answer
    if (answer.kind === 'outputs') return answer.outputs
    if (answer.kind === 'failed') throw new ModelError(answer.message)
    const [fault, ...faults] = answer.kind === 'invalid' ? answer.faults : []
    throw fault ? new InvalidInput(fault, ...faults) : new ModelError('the inference thread gave no answer')
  }

  /** After what it runs: onnxruntime-node 1.30 aborts the whole process when a thread is terminated in the midst of a run. */
  async close(): Promise<void> {
    await this.#answered
    await this.#worker.terminate()
  }

  #wait(): Promise<Answer | ThreadDied> {
    const answered = new Promise<Answer | ThreadDied>((resolve) => {
      this.#settle = resolve
    })
    this.#answered = answered
    return answered
  }

  #finish(answer: Answer | ThreadDied): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(answer)
  }
}

/**
 * A copy that is given away: threads hand over memory for nothing, while a structured clone copies it three times. A copy,
 * as a cache may hold the tensors, and another thread may have to run them again.
 */
function copyTensors(tensors: Tensors): { tensors: Tensors; buffers: ArrayBuffer[] } {
  const buffers: ArrayBuffer[] = []
  const copies = mapTensors(tensors, (tensor) => {
    if (!ArrayBuffer.isView(tensor.data)) return tensor
    const data = tensor.data.slice()
    if (data.buffer instanceof ArrayBuffer) buffers.push(data.buffer)
    return { ...tensor, data }
  })
  return { tensors: copies, buffers }
}

/** What a thread starts with: the built file; from source (npm run dev, npm test) tsx first, which threads do not inherit. */
function entryOf(file: URL): URL {
  if (!file.pathname.endsWith('.ts')) return file
  const source = `import { register } from '${import.meta.resolve('tsx/esm/api')}'; register(); await import('${file}')`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}
