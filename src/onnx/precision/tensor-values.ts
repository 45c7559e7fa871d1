import type { TensorProto } from '../onnx_pb.ts'

/** The values of a float32 tensor, copied; null when they are not all in it: external, or damaged. */
export function floatValues({ dims, floatData, rawData }: TensorProto): Float32Array | null {
  const count = dims.reduce((size, dim) => size * Number(dim), 1)
  if (floatData.length > 0) return floatData.length === count ? Float32Array.from(floatData) : null
  if (rawData.length !== count * Float32Array.BYTES_PER_ELEMENT) return null
  // A view of the file may begin at any byte; a copy begins where floats may.
  return new Float32Array(Uint8Array.from(rawData).buffer)
}

/** The bytes as TensorProto.raw_data has them: little-endian, as is every platform of onnxruntime-node. */
export function rawBytes({ buffer, byteOffset, byteLength }: Uint16Array | Int8Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
