import type { App, RuntimeFiles } from '../app.ts'
import type { Device, Opened, OpenOptions } from '../messages.ts'
import { messageOf, Problem } from '../problem.ts'
import { chooseDevice, chooseThreads, findWebgpu } from './device.ts'
import { INPUTS, OUTPUTS } from './model.ts'
import type { LoadedModel, ModelSource } from './model-source.ts'
import { openSession, type Session } from './session.ts'
import { forgetOthers, loadFile } from './store.ts'
import { tryModel } from './trial.ts'

/** Told while files come over the network. */
export type Report = (loaded: number, total: number) => void

export interface Engine {
  readonly session: Session
  readonly source: ModelSource
  readonly opened: Opened
}

interface Parts {
  readonly app: App
  readonly source: ModelSource
  readonly report: Report
}

/**
 * Loads the model and the runtime, and makes them ready. What is asked for and cannot be had is replaced by what can, and said
 * in `notes`. Throws Problem when nothing can run the model.
 */
export async function openEngine(options: OpenOptions, parts: Parts): Promise<Engine> {
  const { app } = parts
  const webgpuMissing = options.device === 'wasm' ? null : await findWebgpu()
  const chosen = chooseDevice({
    choice: options.device,
    modelBytes: app.model.bytes,
    hasWebgpuRuntime: app.runtimes.webgpu !== null,
    webgpuMissing,
  })
  const notes = chosen.note === null ? [] : [chosen.note]
  const threads = chooseThreads({
    wanted: options.threads,
    cores: navigator.hardwareConcurrency,
    isIsolated: globalThis.crossOriginIsolated,
    modelBytes: app.model.bytes,
  })
  if (options.threads > threads) notes.push('Threads need headers that this page was not served with: one is used.')
  const ready = await openWithFallback({ device: chosen.device, threads, notes }, parts)
  const { version, sha256, precision, bytes } = ready.model
  return {
    session: ready.session,
    source: parts.source,
    opened: {
      device: ready.device,
      threads: ready.device === 'webgpu' ? 1 : threads,
      reason: ready.device === chosen.device ? chosen.reason : 'WebGPU could not run the model',
      notes,
      model: { version, sha256, bytes: bytes.length, precision },
      isStored: ready.isStored,
    },
  }
}

interface Wanted {
  readonly device: Device
  readonly threads: number
  readonly notes: string[]
}

interface Ready {
  readonly session: Session
  readonly device: Device
  readonly model: LoadedModel
  readonly isStored: boolean
}

/** WebGPU gives way to WebAssembly, and a new model to the former one. */
async function openWithFallback(wanted: Wanted, parts: Parts): Promise<Ready> {
  try {
    return await openOn(wanted, parts)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'operator') throw error
    if (wanted.device === 'webgpu') {
      wanted.notes.push(`${messageOf(error)}. WebAssembly is used instead.`)
      return openWithFallback({ ...wanted, device: 'wasm' }, parts)
    }
    if (!(await parts.source.giveUp())) throw error
    wanted.notes.push(`The new model could not be used: ${messageOf(error)}. The former one is back.`)
    return openWithFallback(wanted, parts)
  }
}

async function openOn({ device, threads }: Wanted, { app, source, report }: Parts): Promise<Ready> {
  const runtime = runtimeFor(device, app)
  const progress = totalOf([app.model.bytes, runtime.binary.bytes], report)
  const [model, binary] = await Promise.all([
    source.load((loaded) => progress(0, loaded)),
    loadFile(runtime.binary, (loaded) => progress(1, loaded)),
  ])
  const session = await openSession({
    device,
    threads,
    runtime,
    binary: binary.bytes,
    model: model.bytes,
    inputs: INPUTS,
    outputs: OUTPUTS,
  })
  if (model.onTrial) {
    await tryModel(session).catch(async (error: unknown) => {
      await session.close()
      throw error
    })
    await source.confirm()
  }
  const { wasm, webgpu } = app.runtimes
  await forgetOthers([app.model, wasm.binary, ...(webgpu ? [webgpu.binary] : [])])
  return { session, device, model, isStored: model.isStored && binary.isStored }
}

function runtimeFor(device: Device, { runtimes }: App): RuntimeFiles {
  return device === 'webgpu' ? (runtimes.webgpu ?? runtimes.wasm) : runtimes.wasm
}

/** Several downloads as one. */
function totalOf(sizes: readonly number[], report: Report): (index: number, loaded: number) => void {
  const progress = sizes.map(() => 0)
  const total = sum(sizes)
  return (index, loaded) => {
    progress[index] = loaded
    report(sum(progress), total)
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
