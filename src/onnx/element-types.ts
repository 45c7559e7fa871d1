import { DTYPES, type Dtype } from '../words.ts'

/**
 * Name and size of every element type, by TensorProto.DataType. Complex, bfloat16 and the 2- to 8-bit floats are named
 * for messages only. Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const ELEMENT_TYPES: Readonly<Record<number, readonly [name: string, bits: number]>> = {
  1: ['float32', 32],
  2: ['uint8', 8],
  3: ['int8', 8],
  4: ['uint16', 16],
  5: ['int16', 16],
  6: ['int32', 32],
  7: ['int64', 64],
  8: ['string', 0],
  9: ['bool', 8],
  10: ['float16', 16],
  11: ['float64', 64],
  12: ['uint32', 32],
  13: ['uint64', 64],
  14: ['complex64', 64],
  15: ['complex128', 128],
  16: ['bfloat16', 16],
  17: ['float8e4m3fn', 8],
  18: ['float8e4m3fnuz', 8],
  19: ['float8e5m2', 8],
  20: ['float8e5m2fnuz', 8],
  21: ['uint4', 4],
  22: ['int4', 4],
  23: ['float4e2m1', 4],
  24: ['float8e8m0', 8],
  25: ['uint2', 2],
  26: ['int2', 2],
  27: ['float6e2m3', 6],
  28: ['float6e3m2', 6],
}

/** TensorProto.DataType of float32. */
export const FLOAT32 = 1

/** The name of an element type, such as `float32`; `type 99` for one that is newer than this table. */
export function elementTypeName(dataType: number): string {
  return ELEMENT_TYPES[dataType]?.[0] ?? (dataType === 0 ? 'undefined' : `type ${dataType}`)
}

/** The element type as one that we serve, else null. */
export function servedDtype(dataType: number): Dtype | null {
  const name = elementTypeName(dataType)
  return DTYPES.find((dtype) => dtype === name) ?? null
}

/** Bytes of that many elements, packed; 0 for strings and unknown types, whose size is not a matter of their number. */
export function elementBytes(dataType: number, count: number): number {
  return Math.ceil((count * (ELEMENT_TYPES[dataType]?.[1] ?? 0)) / 8)
}
