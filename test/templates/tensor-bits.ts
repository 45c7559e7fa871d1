import fc from 'fast-check'
import type { InferTensorContents } from '../../templates/fastify-onnx/features/grpc/base/src/grpc/open_inference_pb.ts'

/** Tensors of every dtype as the bits that the Open Inference Protocol sends, and as values. */

type Field = Exclude<keyof InferTensorContents, `$${string}`>
type Numbers = 'Float32' | 'Float64' | 'Int8' | 'Int16' | 'Int32' | 'Uint8' | 'Uint16' | 'Uint32'

/** How an element lies in bytes, and where typed contents have it. */
interface Type {
  readonly size: number
  readonly field: Field | undefined
  read(bytes: DataView, offset: number): number | bigint | boolean
  write(bytes: DataView, offset: number, value: unknown): void
}

function number(kind: Numbers, size: number, field: Field): Type {
  return {
    size,
    field,
    read: (bytes, offset) => bytes[`get${kind}`](offset, true),
    write: (bytes, offset, value) => bytes[`set${kind}`](offset, Number(value), true),
  }
}

function long(kind: 'BigInt64' | 'BigUint64', field: Field): Type {
  return {
    size: 8,
    field,
    read: (bytes, offset) => bytes[`get${kind}`](offset, true),
    write: (bytes, offset, value) => bytes[`set${kind}`](offset, BigInt(String(value)), true),
  }
}

/** All but BYTES, by the names of the protocol. */
export const TYPES: Readonly<Record<string, Type>> = {
  FP32: number('Float32', 4, 'fp32Contents'),
  FP64: number('Float64', 8, 'fp64Contents'),
  FP16: { ...number('Uint16', 2, 'uintContents'), field: undefined },
  INT8: number('Int8', 1, 'intContents'),
  INT16: number('Int16', 2, 'intContents'),
  INT32: number('Int32', 4, 'intContents'),
  INT64: long('BigInt64', 'int64Contents'),
  UINT8: number('Uint8', 1, 'uintContents'),
  UINT16: number('Uint16', 2, 'uintContents'),
  UINT32: number('Uint32', 4, 'uintContents'),
  UINT64: long('BigUint64', 'uint64Contents'),
  BOOL: {
    size: 1,
    field: 'boolContents',
    read: (bytes, offset) => bytes.getUint8(offset) === 1,
    write: (bytes, offset, value) => bytes.setUint8(offset, Number(value)),
  },
}

/** The model's inputs, each of which it answers as `<name>_out`. */
export const NAMES: Readonly<Record<string, string>> = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  bool: 'BOOL',
  string: 'BYTES',
}
export const WIDTH = 2
const SINGLE: readonly string[] = ['FP32', 'FP64']

/** The bytes of each input, all of as many rows. */
export type Bits = Readonly<Record<string, Buffer>>

function bytesOfTexts(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text)
      return [Buffer.from(Uint32Array.of(bytes.length).buffer), bytes]
    }),
  )
}

function textsOf(bytes: Buffer): string[] {
  const texts: string[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + 4 + bytes.readUInt32LE(offset)
    texts.push(bytes.toString('utf8', offset + 4, end))
    offset = end
  }
  return texts
}

/** Any bits that a tensor can have, quiet and signalling NaN among them. */
function anyBytes(datatype: string, count: number): fc.Arbitrary<Buffer> {
  const length = count * (TYPES[datatype]?.size ?? 0)
  const sized = { minLength: length, maxLength: length }
  if (datatype === 'BOOL') return fc.uint8Array({ ...sized, max: 1 }).map((bytes) => Buffer.from(bytes))
  if (datatype !== 'BYTES') return fc.uint8Array(sized).map((bytes) => Buffer.from(bytes))
  // U+0000 ends a string in onnxruntime: it is refused.
  const text = fc.string({ unit: 'binary' }).map((each) => each.replaceAll('\0', ''))
  return fc.array(text, { minLength: count, maxLength: count }).map(bytesOfTexts)
}

export function anyBits(names: readonly string[]): fc.Arbitrary<Bits> {
  const ofRows = (rows: number) =>
    fc.record(Object.fromEntries(names.map((name) => [name, anyBytes(NAMES[name] ?? '', rows * WIDTH)])))
  return fc.integer({ min: 1, max: 3 }).chain(ofRows)
}

export function valuesOf(datatype: string, bytes: Buffer): (number | bigint | boolean | string)[] {
  const type = TYPES[datatype]
  if (type === undefined) return textsOf(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / type.size }, (_, index) => type.read(view, index * type.size))
}

export function bytesOf(datatype: string, values: readonly unknown[]): Buffer {
  const type = TYPES[datatype]
  if (type === undefined)
    return bytesOfTexts(
      values.map((text) => (text instanceof Uint8Array ? Buffer.from(text).toString() : String(text))),
    )
  const bytes = Buffer.alloc(values.length * type.size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (const [index, value] of values.entries()) type.write(view, index * type.size, value)
  return bytes
}

/** The same with other values for what JSON or a number of JavaScript cannot carry. */
export function replaced(bits: Bits, replace: (value: number) => number): Bits {
  const entries = Object.entries(bits).map(([name, bytes]) => {
    const datatype = NAMES[name] ?? ''
    if (!SINGLE.includes(datatype)) return [name, bytes]
    return [
      name,
      bytesOf(
        datatype,
        valuesOf(datatype, bytes).map((value) => replace(Number(value))),
      ),
    ]
  })
  return Object.fromEntries(entries)
}
