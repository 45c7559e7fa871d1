import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { readContents, writeContents } from '../src/grpc/contents.ts'
import { InferTensorContentsSchema } from '../src/grpc/open_inference_pb.ts'
import { InvalidInput } from '../src/transforms/errors.ts'
import type { Dtype, Tensor } from '../src/transforms/types.ts'
import { bytesOf } from './v2-client.ts'

type Contents = MessageInitShape<typeof InferTensorContentsSchema>

/** The edges of each type. */
const TENSORS: readonly Tensor[] = [
  { dtype: 'float32', shape: [5], data: Float32Array.of(0.1, -0, Number.NaN, -Infinity, 3.4028234663852886e38) },
  { dtype: 'float64', shape: [4], data: Float64Array.of(5e-324, -0, Number.NaN, Infinity) },
  { dtype: 'int8', shape: [2], data: Int8Array.of(-128, 127) },
  { dtype: 'int16', shape: [2], data: Int16Array.of(-32768, 32767) },
  { dtype: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  { dtype: 'int64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  { dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
  { dtype: 'uint16', shape: [2], data: Uint16Array.of(0, 65535) },
  { dtype: 'uint32', shape: [2], data: Uint32Array.of(0, 2 ** 32 - 1) },
  { dtype: 'uint64', shape: [2], data: BigUint64Array.of(0n, 2n ** 64n - 1n) },
  { dtype: 'bool', shape: [2, 1], data: Uint8Array.of(0, 1) },
  { dtype: 'string', shape: [2], data: ['', 'ü😀'] },
  { dtype: 'float32', shape: [], data: Float32Array.of(1) },
  { dtype: 'float32', shape: [0, 3], data: new Float32Array() },
]

function read(contents: Contents | undefined, dtype: Dtype, shape: readonly number[]): Tensor {
  const message = contents && create(InferTensorContentsSchema, contents)
  const received = message && fromBinary(InferTensorContentsSchema, toBinary(InferTensorContentsSchema, message))
  return readContents(received, { spec: { name: 'x', dtype, shape: null }, shape, pointer: '/contents' })
}

for (const tensor of TENSORS) {
  test(`${tensor.dtype} [${tensor.shape}] goes through typed contents bit by bit`, () => {
    const received = read(writeContents(tensor), tensor.dtype, tensor.shape)
    assert.deepEqual([received.dtype, received.shape], [tensor.dtype, tensor.shape])
    assert.deepEqual(bytesOf(received), bytesOf(tensor))
  })
}

const REFUSED: readonly (readonly [Dtype, Contents | undefined, pointer: string, detail: RegExp])[] = [
  ['float16', { fp32Contents: [1, 2] }, '/contents', /FP16 is sent in raw_input_contents only/],
  ['float32', { fp64Contents: [1, 2] }, '/contents', /are fp32_contents, not fp64_contents/],
  ['float32', { fp32Contents: [1, 2], intContents: [1] }, '/contents', /are fp32_contents, not int_contents/],
  ['float32', { fp32Contents: [1] }, '/contents', /\[2\] is 2 elements of fp32_contents, got 1/],
  ['float32', undefined, '/contents', /got 0/],
  ['int8', { intContents: [0, 128] }, '/contents/int_contents/1', /out of the range of int8/],
  ['uint16', { uintContents: [0, 65536] }, '/contents/uint_contents/1', /out of the range of uint16/],
  ['string', { bytesContents: [Buffer.of(0x61), Buffer.of(0xff)] }, '/contents/bytes_contents/1', /not valid UTF-8/],
  ['string', { bytesContents: [Buffer.from('a\0'), Buffer.of()] }, '/contents/bytes_contents/0', /U\+0000/],
]

for (const [dtype, contents, pointer, detail] of REFUSED) {
  test(`${dtype} from ${JSON.stringify(contents)} is refused with its place`, () => {
    assert.throws(
      () => read(contents, dtype, [2]),
      (error) =>
        error instanceof InvalidInput && error.faults[0]?.pointer === pointer && detail.test(error.faults[0].detail),
    )
  })
}
