import type { ModelFile } from '../app.ts'
import type { Progress } from './download.ts'
import { loadFile } from './store.ts'

/** A model that may be run: its hash was compared with the one that it must have. */
export interface LoadedModel {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly version: string
  readonly sha256: string
  readonly format: 'onnx' | 'ort'
  readonly precision: string
  readonly isStored: boolean
}

/** Where models come from. Updates are another one of these (update/). */
export interface ModelSource {
  /** The model to be run now. Throws Problem. */
  load(progress: Progress): Promise<LoadedModel>
  /** It has given a good answer. */
  confirm(): Promise<void>
  /** It could not be run: whether `load` has another one now. */
  giveUp(): Promise<boolean>
}

/** The model that was exported with the page, and no other. */
export function bundledModel(file: ModelFile): ModelSource {
  return {
    async load(progress) {
      const { bytes, isStored } = await loadFile(file, progress)
      const { sha256, format, precision } = file
      return { bytes, version: 'as exported', sha256, format, precision, isStored }
    },
    confirm: async () => undefined,
    giveUp: async () => false,
  }
}
