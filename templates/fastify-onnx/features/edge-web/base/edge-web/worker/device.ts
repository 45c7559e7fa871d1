import type { Device, DeviceChoice } from '../messages.ts'

/** Below this, sending a model's input to the graphics processor and back takes longer than the model. */
const SMALL_MODEL_BYTES = 4 * 2 ** 20
/** Below this, dividing the work among threads takes longer than the work. */
const TINY_MODEL_BYTES = 2 ** 20
const MOST_THREADS = 4

/** What is known before anything is loaded. */
export interface Circumstances {
  readonly choice: DeviceChoice
  readonly modelBytes: number
  /** There is a build of the runtime for it that has the model's operators. */
  readonly hasWebgpuRuntime: boolean
  /** Why there is no WebGPU; null where there is. */
  readonly webgpuMissing: string | null
}

export interface ChosenDevice {
  readonly device: Device
  readonly reason: string
  /** What was asked for cannot be had. */
  readonly note: string | null
}

/** On what the model runs. */
export function chooseDevice({ choice, modelBytes, hasWebgpuRuntime, webgpuMissing }: Circumstances): ChosenDevice {
  const wasm = (reason: string, note: string | null = null): ChosenDevice => ({ device: 'wasm', reason, note })
  if (choice === 'wasm') return wasm('as chosen')
  if (!hasWebgpuRuntime) {
    const reason = 'WebGPU does not have this kind of model (ai.onnx.ml)'
    return wasm(reason, choice === 'webgpu' ? `${reason}: WebAssembly is used instead.` : null)
  }
  if (webgpuMissing !== null) {
    return wasm(webgpuMissing, choice === 'webgpu' ? `${webgpuMissing}: WebAssembly is used instead.` : null)
  }
  if (choice === 'webgpu') return { device: 'webgpu', reason: 'as chosen', note: null }
  if (modelBytes < SMALL_MODEL_BYTES) return wasm('the model is small: WebAssembly answers sooner')
  return { device: 'webgpu', reason: 'this device has WebGPU', note: null }
}

/** Why WebGPU cannot be used; null where it can. */
export async function findWebgpu(): Promise<string | null> {
  const { gpu } = Object(navigator)
  if (!gpu) return 'This browser has no WebGPU'
  const adapter = await gpu.requestAdapter().catch(() => null)
  return adapter ? null : 'This device has no WebGPU adapter'
}

/** How many threads one run may use. */
export interface ThreadFacts {
  /** 0: open. */
  readonly wanted: number
  readonly cores: number
  /** Only such pages may share memory between threads. */
  readonly isIsolated: boolean
  readonly modelBytes: number
}

export function chooseThreads({ wanted, cores, isIsolated, modelBytes }: ThreadFacts): number {
  if (!isIsolated) return 1
  if (wanted > 0) return wanted
  return modelBytes < TINY_MODEL_BYTES ? 1 : Math.max(1, Math.min(MOST_THREADS, Math.ceil(cores / 2)))
}
