import type { JsonSchema } from '../json-schema.ts'
import type { Image } from '../transforms/image.ts'
import type { Json, ModelInput, Prediction, Tensors } from '../transforms/types.ts'
import type { Call } from './call.ts'
import type { Prepared } from './prepared.ts'

/** The body of POST /predict, after it was checked against `bodySchema`. */
export interface PredictBody {
  readonly data: unknown
  /** The Content-Type, where `data` is not of JSON but the bytes of the body (`bodyTypes`). */
  readonly type?: string
}

/** What preprocess is given: tensors, or images where the model takes those. */
export type Decoded = ModelInput | readonly Image[] | Prepared

/** One of several things that a request asks for, each answered by itself. */
export interface Item {
  /** What the caller knows it by. */
  readonly id: string
  readonly body: PredictBody
}

/** The way of a request through the server, as replaceable parts. A feature may wrap any of them (feature.ts). */
export interface Pipeline {
  /** What POST /predict takes: checks the form of the body, and is its documentation. */
  readonly bodySchema: JsonSchema
  /** Content types that it takes beside JSON: decode is given the bytes. */
  readonly bodyTypes: readonly string[]
  /** The libraries and versions that decode relies on, such as those that read images: others may give other bits. */
  readonly decoder: string
  /** A request that works: the warm-up, /predict/test and /metadata use it. */
  readonly sample: { readonly data: Json }
  /** What GET /predict/test asks; default: the sample. */
  readonly example?: PredictBody
  /** What a body asks for, where it is several things; null: it is one. Throws InvalidInput. */
  items?(body: PredictBody): readonly Item[] | null
  /** The exact check: throws InvalidInput, DataError. May be asynchronous, as decoding an image or asking a cache is. */
  decode(body: PredictBody): Decoded | Promise<Decoded>
  preprocess(input: Decoded): Tensors
  infer(tensors: Tensors, outputs: readonly string[], call?: Call): Promise<Tensors>
  postprocess(outputs: Tensors): Prediction
}
