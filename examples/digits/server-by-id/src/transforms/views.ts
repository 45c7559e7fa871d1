import type { DataOf, Dtype } from './types.ts'

/** All but strings, which are no typed arrays. */
export type FixedDtype = Exclude<Dtype, 'string'>

interface TypedArrayOf<D extends FixedDtype> {
  new (buffer: ArrayBufferLike, offset: number, length: number): DataOf[D]
  readonly BYTES_PER_ELEMENT: number
}

const TYPED_ARRAYS: { readonly [D in FixedDtype]: TypedArrayOf<D> } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
}

export function bytesPerElement(dtype: FixedDtype): number {
  return TYPED_ARRAYS[dtype].BYTES_PER_ELEMENT
}

/**
 * Elements in memory that is there already, not copied: `offset` in bytes is a multiple of the element's size. Processors that
 * run onnxruntime are little-endian, as files and protocols are.
 */
export function viewMemory(
  dtype: FixedDtype,
  buffer: ArrayBufferLike,
  offset: number,
  count: number,
): DataOf[FixedDtype] {
  return new TYPED_ARRAYS[dtype](buffer, offset, count)
}
