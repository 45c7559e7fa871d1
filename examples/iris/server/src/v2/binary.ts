import { isUtf8 } from 'node:buffer'
import { CODECS, Refusal, sizeOf } from '../transforms/elements.ts'
import type { DataOf, Dtype, Tensor } from '../transforms/types.ts'

/**
 * Tensors as bytes: little-endian, row-major, without gaps; a bool is a byte, 0 or 1; a string is the number of its bytes
 * (uint32) and its UTF-8. Every value goes through exactly, NaN and minus zero too.
 */

type FixedDtype = Exclude<Dtype, 'string'>

/** A view of memory that is there already. Processors that run onnxruntime are little-endian, as the protocol is. */
const VIEWS: {
  readonly [D in FixedDtype]: new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => DataOf[D]
} = {
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

export const BYTES_PER_ELEMENT: { readonly [D in FixedDtype]: number } = {
  float32: 4,
  float64: 8,
  float16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
}

/** The length in front of each string. */
const LENGTH_BYTES = 4

/**
 * A view of `bytes` where they lie at a multiple of the element's size, as a typed array must; else of a copy.
 * Throws Refusal unless they are exactly the elements of `shape`.
 */
export function tensorFromBytes(bytes: Uint8Array, dtype: Dtype, shape: readonly number[]): Tensor {
  if (dtype === 'string') return CODECS.string.decode(shape, eachString(bytes, sizeOf(shape)))
  const size = BYTES_PER_ELEMENT[dtype]
  const count = sizeOf(shape)
  if (bytes.length !== count * size) {
    throw new Refusal(`${count} elements of ${dtype} are ${count * size} bytes, got ${bytes.length}`)
  }
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  const data = new VIEWS[dtype](buffer, byteOffset, count)
  if (dtype === 'bool') assertBools(bytes)
  return { dtype, shape, data }
}

/** The elements' own memory, not a copy; but strings have to be written. */
export function tensorToBytes({ data }: Tensor): Buffer {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const lengths = data.map((text) => Buffer.byteLength(text))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, 0))
  let offset = 0
  for (const [index, text] of data.entries()) {
    offset = bytes.writeUInt32LE(lengths[index] ?? 0, offset)
    offset += bytes.write(text, offset)
  }
  return bytes
}

function assertBools(bytes: Uint8Array): void {
  const index = bytes.findIndex((byte) => byte > 1)
  if (index >= 0) throw new Refusal(`a bool is a byte 0 or 1, got ${bytes[index]} as element ${index}`)
}

/** Calls back with each of `count` strings, which must fill `bytes`. */
function eachString(bytes: Uint8Array, count: number): (put: (text: string) => void) => void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  // Before `count` strings are allocated: each has a length, at least.
  if (count * LENGTH_BYTES > buffer.length) throw new Refusal(`${count} strings need more than ${buffer.length} bytes`)
  return (put) => {
    let offset = 0
    for (let index = 0; index < count; index += 1) {
      const start = offset + LENGTH_BYTES
      if (start > buffer.length) throw new Refusal(`the bytes end before the length of string ${index}`)
      offset = start + buffer.readUInt32LE(offset)
      if (offset > buffer.length) throw new Refusal(`the bytes end within string ${index}`)
      const text = buffer.subarray(start, offset)
      if (!isUtf8(text)) throw new Refusal(`string ${index} is not valid UTF-8`)
      put(text.toString('utf8'))
    }
    if (offset !== buffer.length) throw new Refusal(`${buffer.length - offset} bytes too many behind ${count} strings`)
  }
}
