import type { ModelFile } from '../app.ts'
import type { Answer } from '../update/answer.ts'
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
  /** It has not given a good answer yet. */
  readonly onTrial: boolean
}

/** Where models come from. */
export interface ModelSource {
  /** The model to be run now. Throws Problem. */
  load(progress: Progress): Promise<LoadedModel>
  /** It has given a good answer. */
  confirm(): Promise<void>
  /** It could not be run: whether `load` has another one now. */
  giveUp(): Promise<boolean>
  /** Looks for a newer one, which the next start tries; null where none is ever released. */
  update(): Promise<Answer | null>
}

/** The model that was exported with the page, and no other. */
export function bundledModel(file: ModelFile): ModelSource {
  return {
    async load(progress) {
      const { bytes, isStored } = await loadFile(file, progress)
      const { sha256, format, precision } = file
      return { bytes, version: 'as exported', sha256, format, precision, isStored, onTrial: false }
    },
    confirm: async () => undefined,
    giveUp: async () => false,
    update: async () => null,
  }
}
