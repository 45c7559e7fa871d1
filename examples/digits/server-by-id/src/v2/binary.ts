import { isUtf8 } from 'node:buffer'
import { CODECS, Refusal, sizeOf } from '../transforms/elements.ts'
import type { Dtype, Tensor } from '../transforms/types.ts'
import { bytesPerElement, viewMemory } from '../transforms/views.ts'

/**
 * Tensors as bytes: little-endian, row-major, without gaps; a bool is a byte, 0 or 1; a string is the number of its bytes
 * (uint32) and its UTF-8. Every value goes through exactly, NaN and minus zero too.
 */

/** The length in front of each string. */
const LENGTH_BYTES = 4

/**
 * A view of `bytes` where they lie at a multiple of the element's size, as a typed array must; else of a copy.
 * Throws Refusal unless they are exactly the elements of `shape`.
 */
export function tensorFromBytes(bytes: Uint8Array, dtype: Dtype, shape: readonly number[]): Tensor {
  if (dtype === 'string') return CODECS.string.decode(shape, eachString(bytes, sizeOf(shape)))
  const size = bytesPerElement(dtype)
  const count = sizeOf(shape)
  if (bytes.length !== count * size) {
    throw new Refusal(`${count} elements of ${dtype} are ${count * size} bytes, got ${bytes.length}`)
  }
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  const data = viewMemory(dtype, buffer, byteOffset, count)
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
