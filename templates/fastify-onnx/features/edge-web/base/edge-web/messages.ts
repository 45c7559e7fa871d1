import type { Json } from '../src/transforms/types.ts'
import type { ProblemFacts } from './problem.ts'
import type { Answer } from './update/answer.ts'

/** What the page and the worker, in which everything is computed, say to each other. */

export type DeviceChoice = 'auto' | 'wasm' | 'webgpu'
export type Device = Exclude<DeviceChoice, 'auto'>

export interface OpenOptions {
  readonly device: DeviceChoice
  /** 0: chosen for the model and the device. */
  readonly threads: number
}

/** The model is ready to answer. */
export interface Opened {
  readonly device: Device
  readonly threads: number
  /** Why this device: one sentence. */
  readonly reason: string
  /** What is not as it was asked for, or as it should be. */
  readonly notes: readonly string[]
  readonly model: {
    readonly version: string
    readonly sha256: string
    readonly bytes: number
    readonly precision: string
  }
  /** Whether the model and the runtime are on the device now, to be used without a network. */
  readonly isStored: boolean
}

/** An image as a file or as a picture of the camera; or the values of a request. */
export type Input =
  | { readonly kind: 'image'; readonly image: Blob | ImageBitmap }
  | { readonly kind: 'data'; readonly data: Json }

/** Milliseconds. */
export interface Stages {
  readonly decode: number
  readonly preprocess: number
  readonly inference: number
  readonly postprocess: number
}

export interface Ranked {
  readonly label: string
  readonly score: number
}

/** A tensor to be shown: its first elements. */
export interface Shown {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly elements: readonly Json[]
}

export interface Outcome {
  /** The best labels of each row; null when the model is no classifier. */
  readonly rankings: readonly (readonly Ranked[])[] | null
  readonly values: readonly Shown[]
  readonly stages: Stages
}

/** One golden vector, computed here and compared with what the server had made. */
export interface Checked {
  readonly name: string
  /** Whether the preprocessed bits are the server's. */
  readonly sameBits: boolean
  /** The same from the server's own pixels, where the bits differ: then it is the browser's decoder. */
  readonly sameBitsFromPixels: boolean | null
  /** Largest difference of an output. */
  readonly maxError: number
  readonly sameTop: boolean
}

/** What can be asked, and what is answered. */
export interface Calls {
  readonly open: { readonly ask: OpenOptions; readonly answer: Opened }
  readonly predict: { readonly ask: Input; readonly answer: Outcome }
  readonly check: { readonly ask: null; readonly answer: readonly Checked[] }
  /** null: no models are released. */
  readonly update: { readonly ask: null; readonly answer: Answer | null }
}

export type CallName = keyof Calls

export type Question = {
  readonly [C in CallName]: { readonly id: number; readonly call: C; readonly ask: Calls[C]['ask'] }
}[CallName]

export type Told =
  | { readonly kind: 'progress'; readonly loaded: number; readonly total: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly kind: 'problem'; readonly id: number; readonly problem: ProblemFacts }
