import type * as Ort from 'onnxruntime-web'
import { isDtype } from '../../src/transforms/elements.ts'
import type { Tensor, Tensors } from '../../src/transforms/types.ts'
import { type RuntimeFiles, urlOf } from '../app.ts'
import type { Device } from '../messages.ts'
import { messageOf, Problem } from '../problem.ts'

// The only file that knows onnxruntime-web.

// Where there is a Float16Array, onnxruntime-web would take and give that. Without it, float16 are Uint16Array bits everywhere,
// as in DataOf. This must run before the first tensor is made.
Reflect.deleteProperty(globalThis, 'Float16Array')

/** onnxruntime prints to the console by itself; what matters is thrown. */
const FATAL_ONLY = 4

/** A model that is loaded and can be run. */
export interface Session {
  run(tensors: Tensors, outputs: readonly string[]): Promise<Tensors>
  close(): Promise<void>
}

export interface SessionOptions {
  readonly device: Device
  readonly threads: number
  readonly runtime: RuntimeFiles
  /** The runtime's own WebAssembly. */
  readonly binary: Uint8Array<ArrayBuffer>
  readonly model: Uint8Array
  /** The names that the contract relies on. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/** Throws Problem `operator` when the model cannot be loaded on this device. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { device, threads, runtime, binary, model } = options
  // What a script at an address exports, no type can say: it is this package's own.
  const ort: typeof Ort = await import(urlOf(runtime.script))
  ort.env.logLevel = 'fatal'
  ort.env.wasm.numThreads = threads
  ort.env.wasm.wasmPaths = { mjs: urlOf(runtime.loader), wasm: urlOf(runtime.binary.file) }
  ort.env.wasm.wasmBinary = binary
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [device],
      logSeverityLevel: FATAL_ONLY,
    })
    refuseOtherModel(session, options)
    return {
      async run(tensors, outputs) {
        const feeds = Object.entries(tensors).map(([name, { dtype, data, shape }]) => {
          return [name, new ort.Tensor(dtype, data, shape)] as const
        })
        const results = await session.run(Object.fromEntries(feeds), [...outputs])
        return Object.fromEntries(outputs.map((name) => [name, fromOrt(name, results[name])]))
      },
      close: () => session.release(),
    }
  } catch (error) {
    throw cannotRun(device, messageOf(error))
  }
}

function refuseOtherModel(
  { inputNames, outputNames }: Ort.InferenceSession,
  { inputs, outputs }: SessionOptions,
): void {
  const missing = [
    ...inputs.filter((name) => !inputNames.includes(name)),
    ...outputs.filter((name) => !outputNames.includes(name)),
  ]
  if (missing.length > 0) throw new Error(`the model has no ${missing.join(', no ')}`)
}

function cannotRun(device: Device, reason: string): Problem {
  return new Problem({
    code: 'operator',
    message: `The model cannot be run by ${device === 'webgpu' ? 'WebGPU' : 'WebAssembly'} in this browser: ${reason.trim()}`,
    hint: device === 'webgpu' ? '' : 'The server that this page was exported from can run it: POST /predict.',
  })
}

function fromOrt(name: string, output: Ort.Tensor | undefined): Tensor {
  if (output === undefined) throw new Error(`the model gave no output "${name}"`)
  const { type: dtype, dims: shape, data } = output
  // Node's own kinds of numbers that no contract has, such as int4, have other data.
  if (!isDtype(dtype)) throw new Error(`the model's output "${name}" is ${dtype}, which is not served`)
  return { dtype, shape, data: data as Tensor['data'] }
}
