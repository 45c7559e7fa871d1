import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as OrtModule from 'onnxruntime-node'
import type { Tensor, Tensors } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { CreateError } from '../errors.ts'
import { loadModule } from './modules.ts'
import type { BuiltServer } from './target.ts'

/** Runs a model, once at a time, on one thread: the same bits each time. */
export interface Engine {
  infer(tensors: Tensors, outputs: readonly string[]): Promise<Tensors>
  close(): Promise<void>
}

/** onnxruntime prints to stderr by itself; what matters is thrown. */
const FATAL_ONLY = 4

/** The parts of onnxruntime-node that are called here. */
export type Ort = Pick<typeof OrtModule, 'InferenceSession' | 'Tensor'>

/** The server's own model, with its encoder where it has one, through the server's own code. Throws CreateError. */
export async function openOwnEngine(server: BuiltServer): Promise<Engine> {
  const { openModel } = await loadModule(server, 'ml/model.js')
  const { model, encoder, inputs, outputs } = server.config
  const place = (file: string) => join(server.root, 'models', file)
  const names = inputs.map(({ name }) => name)
  return openModel({
    file: place(model.file),
    inputs: encoder ? [encoder.input] : names,
    outputs: outputs.map(({ name }) => name),
    intraOpThreads: 1,
    encoder: encoder && { file: place(encoder.file), inputs: names, output: encoder.output },
  }).catch((cause: unknown) => {
    throw notLoaded(`models/${model.file}`, cause)
  })
}

/** A model in memory on the server's own onnxruntime; both formats. Throws CreateError. */
export async function openEngine(server: BuiltServer, file: string, bytes: Uint8Array): Promise<Engine> {
  // Deletes Float16Array, on which onnxruntime-node fails, before onnxruntime is loaded.
  await loadModule(server, 'ml/model.js')
  const { InferenceSession, Tensor: OrtTensor } = requireOrt(server)
  const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 }
  const session = await InferenceSession.create(bytes, { ...options, logSeverityLevel: FATAL_ONLY }).catch(
    (cause: unknown) => {
      throw notLoaded(file, cause)
    },
  )
  return {
    async infer(tensors, outputs) {
      const feeds = Object.entries(tensors).map(([name, { dtype, data, shape }]) => {
        return [name, new OrtTensor(dtype, data, shape)] as const
      })
      const results = await session.run(Object.fromEntries(feeds), [...outputs])
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[name])]))
    },
    close: () => session.release(),
  }
}

/** The server's own onnxruntime-node. */
export function requireOrt(server: BuiltServer): Ort {
  const ort: unknown = createRequire(join(server.root, 'package.json'))('onnxruntime-node')
  // A native border: its types are those of the version that the template names.
  return ort as Ort
}

function fromOrt(output: OrtModule.OnnxValue | undefined): Tensor {
  if (output === undefined) throw new Error('the model gave less than it was asked for')
  const { type, dims, data } = output
  // The server's contract has named this output, with a dtype that is served.
  return { dtype: type, shape: dims, data } as Tensor
}

function notLoaded(file: string, cause: unknown): CreateError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CreateError('runtime', `The server's onnxruntime cannot load ${file}`, {
    issues: [{ file, message: reason }],
    cause,
  })
}
