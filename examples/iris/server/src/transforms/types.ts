/**
 * The words that the whole server speaks. Nothing here, or in any file of this folder, imports Node:
 * the browser runs the same code.
 */

import type { ImageSpec } from './image.ts'

/** Anything that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** How the elements of each dtype are kept in memory. */
export interface DataOf {
  float32: Float32Array
  float64: Float64Array
  /** The bits of IEEE 754 half precision: `fromFloat16` and `toFloat16` (float16.ts) translate. */
  float16: Uint16Array
  int8: Int8Array
  int16: Int16Array
  int32: Int32Array
  int64: BigInt64Array
  uint8: Uint8Array
  uint16: Uint16Array
  uint32: Uint32Array
  uint64: BigUint64Array
  /** 0 or 1. */
  bool: Uint8Array
  string: string[]
}

export type Dtype = keyof DataOf

/** A tensor of a known dtype: row-major, `data.length` is the product of `shape`; a scalar has the shape `[]`. */
export interface TensorOf<D extends Dtype> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: DataOf[D]
}

/** A tensor of any dtype; `hasDtype` (elements.ts) tells which, `numbersOf` reads it without asking. */
export type Tensor = TensorOf<Dtype>

/** Tensors by the name of the model's input or output. */
export type Tensors = Readonly<Record<string, Tensor>>

/** A fixed size, or the name of one that may vary: the same name is the same size throughout a request. */
export type Dim = number | string

/** A tensor as the model declares it; `shape` is null where the model does not declare its rank. */
export interface TensorSpec {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly Dim[] | null
}

/** What a request carries, decoded: by default the model's inputs by name, N rows when `contract.rows`. */
export type ModelInput = Tensors

/** What /predict answers: one tensor, or several by name. */
export type Prediction = Tensor | Tensors

/** Everything that this server knows of its model: `contract.ts` holds the one value of this type. */
export interface Contract {
  readonly name: string
  readonly template: { readonly name: string; readonly version: string }
  /** The file in models/, and what it was when this server was generated. */
  readonly model: { readonly file: string; readonly sha256: string; readonly bytes: number }
  /**
   * The model in front of it, a part of it: `inputs` are the encoder's, and its `output` is what the model takes as `input`; null
   * without one. `features` is what is handed over.
   */
  readonly encoder: {
    readonly file: string
    readonly sha256: string
    readonly bytes: number
    readonly output: string
    readonly input: string
    readonly features: TensorSpec
  } | null
  readonly task: 'classification' | 'regression' | 'tensor'
  /** A request's `data` is N rows, and so is the prediction; else tensors go in and out whole. */
  readonly rows: boolean
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** The output that /predict answers (null: all of them by name), and what `postprocess` applies to it. */
  readonly predict: {
    readonly output: string | null
    readonly activation: 'none' | 'softmax' | 'sigmoid'
    /** One score per row for two classes is a decision value (above 0: the second), not a probability (from 0.5 on). */
    readonly singleScore?: 'decision'
  }
  /** By column of the class scores; null: the column number is the label. */
  readonly labels: readonly string[] | null
  /**
   * A valid request's `data`, or `{image: file}` for a file in models/; `given` by people (not derived from the model), perhaps
   * with its prediction. `app.predictor.sample` is the request itself.
   */
  readonly sample: { readonly given: boolean; readonly data: Json; readonly prediction: Json }
  readonly preprocess: { readonly kind: 'none' } | ({ readonly kind: 'image' } & ImageSpec)
  /** What 99 of 100 requests should take at most; null: nobody has said. */
  readonly budget: { readonly latencyP99Ms: number } | null
  readonly server: { readonly port: number }
}
