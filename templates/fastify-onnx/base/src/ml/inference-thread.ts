import { parentPort, workerData } from 'node:worker_threads'
import { InvalidInput } from '../transforms/errors.ts'
import type { Tensors } from '../transforms/types.ts'
import { openModel } from './model.ts'
import type { Answer, Order } from './thread.ts'

// The inside of an inference thread: a session of its own, and one run after the other. thread.ts is its other side.

const model = await openModel(workerData)

parentPort?.on('message', async ({ tensors, outputs }: Order) => {
  const message = await answer(tensors, outputs)
  // Memory that onnxruntime made for this answer, and that nobody here needs any more.
  parentPort?.postMessage(message, message.kind === 'outputs' ? buffersOf(message.outputs) : [])
})
parentPort?.postMessage({ kind: 'ready' } satisfies Answer)

async function answer(tensors: Order['tensors'], outputs: Order['outputs']): Promise<Answer> {
  try {
    return { kind: 'outputs', outputs: await model.infer(tensors, outputs) }
  } catch (error) {
    // Classes do not survive the way between threads.
    if (error instanceof InvalidInput) return { kind: 'invalid', faults: error.faults }
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

function buffersOf(outputs: Tensors): ArrayBuffer[] {
  const buffers = Object.values(outputs).map(({ data }) => (ArrayBuffer.isView(data) ? data.buffer : undefined))
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}
