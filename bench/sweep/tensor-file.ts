import { readFileSync } from 'node:fs'
import { fromBinary } from '@bufbuild/protobuf'
import { elementTypeName, servedDtype } from '../../src/onnx/element-types.ts'
import { type TensorProto, TensorProtoSchema } from '../../src/onnx/onnx_pb.ts'
import type { Dtype } from '../../src/words.ts'
import type { DataOf, Json, Tensor } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

/** A tensor of a test's `input_0.pb` or `output_0.pb`. Throws on an element type that JavaScript has no array for. */
export function readTensorFile(path: string): Tensor {
  const proto = fromBinary(TensorProtoSchema, readFileSync(path))
  const dtype = servedDtype(proto.dataType)
  if (dtype === null) throw new Error(`${elementTypeName(proto.dataType)} tensors are not read`)
  return { dtype, shape: proto.dims.map(Number), data: READERS[dtype](proto) }
}

/** By dtype: from raw little-endian bytes, or from the field that TensorProto keeps elements of that dtype in. */
const READERS: { readonly [D in Dtype]: (proto: TensorProto) => DataOf[D] } = {
  float32: (proto) => (isRaw(proto) ? new Float32Array(rawBuffer(proto)) : Float32Array.from(proto.floatData)),
  float64: (proto) => (isRaw(proto) ? new Float64Array(rawBuffer(proto)) : Float64Array.from(proto.doubleData)),
  float16: (proto) => (isRaw(proto) ? new Uint16Array(rawBuffer(proto)) : Uint16Array.from(proto.int32Data)),
  int8: (proto) => (isRaw(proto) ? new Int8Array(rawBuffer(proto)) : Int8Array.from(proto.int32Data)),
  int16: (proto) => (isRaw(proto) ? new Int16Array(rawBuffer(proto)) : Int16Array.from(proto.int32Data)),
  int32: (proto) => (isRaw(proto) ? new Int32Array(rawBuffer(proto)) : Int32Array.from(proto.int32Data)),
  int64: (proto) => (isRaw(proto) ? new BigInt64Array(rawBuffer(proto)) : BigInt64Array.from(proto.int64Data)),
  uint8: (proto) => (isRaw(proto) ? new Uint8Array(rawBuffer(proto)) : Uint8Array.from(proto.int32Data)),
  uint16: (proto) => (isRaw(proto) ? new Uint16Array(rawBuffer(proto)) : Uint16Array.from(proto.int32Data)),
  uint32: (proto) =>
    isRaw(proto) ? new Uint32Array(rawBuffer(proto)) : Uint32Array.from(proto.uint64Data, (value) => Number(value)),
  uint64: (proto) => (isRaw(proto) ? new BigUint64Array(rawBuffer(proto)) : BigUint64Array.from(proto.uint64Data)),
  bool: (proto) => (isRaw(proto) ? new Uint8Array(rawBuffer(proto)) : Uint8Array.from(proto.int32Data)),
  string: (proto) => proto.stringData.map((bytes) => new TextDecoder().decode(bytes)),
}

function isRaw({ rawData }: TensorProto): boolean {
  return rawData.length > 0
}

/** A copy: the parsed bytes are a view that may lie anywhere, and typed arrays need alignment. */
function rawBuffer({ rawData }: TensorProto): ArrayBuffer {
  const buffer = new ArrayBuffer(rawData.length)
  new Uint8Array(buffer).set(rawData)
  return buffer
}

/**
 * As nested arrays, as the contract of /predict writes them. Written here once more, on purpose: what is compared with the
 * server must not be made by the server's own code.
 */
export function toNested({ dtype, shape, data }: Tensor): Json {
  let next = 0
  const level = (axis: number): Json =>
    axis === shape.length
      ? toElement(dtype, data[next++])
      : Array.from({ length: shape[axis] ?? 0 }, () => level(axis + 1))
  return level(0)
}

function toElement(dtype: Dtype, value: string | number | bigint | undefined): Json {
  if (value === undefined) throw new Error('the tensor holds fewer elements than its shape says')
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (dtype === 'bool') return value === 1
  const number = dtype === 'float16' ? halfToNumber(value) : value
  return Number.isFinite(number) ? number : String(number)
}

/** IEEE 754 half precision: 1 sign bit, 5 of exponent (bias 15), 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Whether a request over JSON can carry it: there is no NaN and no Infinity. */
export function fitsJson({ dtype, data }: Tensor): boolean {
  if (!dtype.startsWith('float')) return true
  for (const value of data) if (typeof toElement(dtype, value) !== 'number') return false
  return true
}
