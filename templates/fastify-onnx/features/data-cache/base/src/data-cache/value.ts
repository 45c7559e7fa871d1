import type { Tensor } from '../transforms/types.ts'

/** A file of data: an image, or JSON that holds what `data` of a request would. */
export interface DataFile {
  readonly bytes: Uint8Array
  /** Its media type, such as `image/jpeg` or `application/json`; not there where nobody has said. */
  readonly type?: string
}

/** What is kept under an id. */
export type Value =
  /** The prepared tensors, in the order of the model's inputs: what preprocess gave. */
  | { readonly kind: 'tensors'; readonly tensors: readonly Tensor[] }
  /** What the source gave. */
  | { readonly kind: 'file'; readonly file: DataFile }
  /** The source has nothing under this id. */
  | { readonly kind: 'missing' }

/** A value, and until when it may be used: milliseconds since 1970. */
export interface Entry {
  readonly value: Value
  readonly expiresAt: number
}

/** What an object of JavaScript, a key and a place in a list cost, about. */
const OVERHEAD_BYTES = 512
const BYTES_PER_CHARACTER = 2

/** About how many bytes of memory it takes. */
export function sizeOf(value: Value): number {
  if (value.kind === 'missing') return OVERHEAD_BYTES
  if (value.kind === 'file') return OVERHEAD_BYTES + value.file.bytes.byteLength
  return value.tensors.reduce(
    (sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : textSize(data)),
    OVERHEAD_BYTES,
  )
}

function textSize(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length * BYTES_PER_CHARACTER, 0)
}
