import { crc32 } from 'node:zlib'
import { isDtype, sizeOf } from '../transforms/elements.ts'
import type { Tensor } from '../transforms/types.ts'
import { bytesPerElement, viewMemory } from '../transforms/views.ts'
import type { DataFile, Entry, Value } from './value.ts'

// An entry as bytes, little-endian:
//    0  "CIS1"
//    4  CRC-32 of all that follows
//    8  when it expires, float64, in milliseconds since 1970
//   16  the length of the head, uint32
//   20  the head, JSON: what follows, and how large each of its parts is
//   ..  the parts, each from a multiple of 8 on: the elements of tensors as they lie in memory, strings as JSON, a file's bytes
const MAGIC = Buffer.from('CIS1')
const CHECKSUM_AT = 4
const CHECKED_FROM = 8
const HEAD_LENGTH_AT = 16
const HEAD_AT = 20
const ALIGNMENT = 8

type Head =
  | { readonly kind: 'tensors'; readonly tensors: readonly TensorHead[] }
  | { readonly kind: 'file'; readonly type?: string; readonly bytes: number }
  | { readonly kind: 'missing' }

interface TensorHead {
  readonly dtype: Tensor['dtype']
  readonly shape: readonly number[]
  readonly bytes: number
}

export function encodeEntry({ value, expiresAt }: Entry): Buffer {
  const parts = partsOf(value)
  const head = Buffer.from(JSON.stringify(headOf(value, parts)))
  const start = align(HEAD_AT + head.length)
  const bytes = Buffer.alloc(parts.reduce((sum, part) => align(sum + part.byteLength), start))
  MAGIC.copy(bytes)
  bytes.writeDoubleLE(expiresAt, CHECKED_FROM)
  bytes.writeUInt32LE(head.length, HEAD_LENGTH_AT)
  head.copy(bytes, HEAD_AT)
  let at = start
  for (const part of parts) {
    bytes.set(part, at)
    at = align(at + part.byteLength)
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKED_FROM)), CHECKSUM_AT)
  return bytes
}

/** null: what somebody else has written, or what was cut off or damaged on the way. Never throws. */
export function decodeEntry(raw: Uint8Array): Entry | null {
  const bytes = alone(raw)
  if (bytes.length < HEAD_AT || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null
  if (bytes.readUInt32LE(CHECKSUM_AT) !== crc32(bytes.subarray(CHECKED_FROM))) return null
  try {
    const headEnd = HEAD_AT + bytes.readUInt32LE(HEAD_LENGTH_AT)
    const head: Head = JSON.parse(bytes.toString('utf8', HEAD_AT, headEnd))
    const value = readValue(head, bytes, align(headEnd))
    return value && { value, expiresAt: bytes.readDoubleLE(CHECKED_FROM) }
  } catch {
    return null // A right checksum over what is no entry: made by somebody else.
  }
}

function headOf(value: Value, parts: readonly Uint8Array[]): Head {
  if (value.kind === 'missing') return value
  const [first] = parts
  if (value.kind === 'file') {
    const { type } = value.file
    return { kind: 'file', ...(type !== undefined && { type }), bytes: first?.byteLength ?? 0 }
  }
  const tensors = value.tensors.map(({ dtype, shape }, index) => ({
    dtype,
    shape,
    bytes: parts[index]?.byteLength ?? 0,
  }))
  return { kind: 'tensors', tensors }
}

function partsOf(value: Value): readonly Uint8Array[] {
  if (value.kind === 'missing') return []
  if (value.kind === 'file') return [value.file.bytes]
  return value.tensors.map(({ data }) =>
    ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(JSON.stringify(data)),
  )
}

function readValue(head: Head, bytes: Buffer, start: number): Value | null {
  if (head.kind === 'missing') return { kind: 'missing' }
  if (head.kind === 'file') {
    const { type } = head
    const file: DataFile = { bytes: cut(bytes, start, head.bytes), ...(typeof type === 'string' && { type }) }
    return { kind: 'file', file }
  }
  if (head.kind !== 'tensors') return null
  let at = start
  const tensors = head.tensors.map((each) => {
    const part = cut(bytes, at, each.bytes)
    at = align(at + each.bytes)
    return readTensor(each, part)
  })
  return { kind: 'tensors', tensors }
}

function readTensor({ dtype, shape }: TensorHead, part: Buffer): Tensor {
  if (!isDtype(dtype)) throw new Error('an unknown dtype')
  const size = sizeOf(shape)
  if (dtype === 'string') {
    const data: string[] = JSON.parse(part.toString())
    if (data.length !== size) throw new Error('another number of strings')
    return { dtype, shape, data }
  }
  if (part.byteLength !== size * bytesPerElement(dtype)) throw new Error('another number of elements')
  return { dtype, shape, data: viewMemory(dtype, part.buffer, part.byteOffset, size) }
}

/** Throws when there is less. */
function cut(bytes: Buffer, start: number, length: number): Buffer {
  if (start + length > bytes.length) throw new Error('cut off')
  return bytes.subarray(start, start + length)
}

/**
 * In memory of its own, aligned for all types of elements: what the client gives may begin anywhere in a larger buffer, which
 * a small entry in the memory tier would keep.
 */
function alone(raw: Uint8Array): Buffer {
  const isAlone = raw.byteOffset % ALIGNMENT === 0 && raw.buffer.byteLength < 2 * raw.byteLength
  const own = isAlone ? raw : new Uint8Array(raw)
  return Buffer.from(own.buffer, own.byteOffset, own.byteLength)
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}
