import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Dtype, TensorSpec } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { bytesPerElement } from '../../templates/fastify-onnx/base/src/transforms/views.ts'
import { tensorFromBytes, tensorToBytes } from '../../templates/fastify-onnx/base/src/v2/binary.ts'
import { readRawRequest } from '../../templates/fastify-onnx/base/src/v2/raw-request.ts'

const FIXED = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
] as const

describe('tensors as bytes', () => {
  test.each(FIXED.filter((dtype) => dtype !== 'bool'))('%s: any bytes are a tensor, and come back', (dtype) => {
    const size = bytesPerElement(dtype)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(15), (random, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset), random.subarray(0, random.length - (random.length % size))])
        const tensor = tensorFromBytes(bytes.subarray(offset), dtype, [(bytes.length - offset) / size])
        expect(tensorToBytes(tensor)).toEqual(bytes.subarray(offset))
      }),
    )
  })

  test('strings come back, whatever they are made of', () => {
    const text = fc.string({ unit: 'binary' }).filter((each) => !each.includes('\0'))
    fc.assert(
      fc.property(fc.array(text), (data) => {
        const bytes = tensorToBytes({ dtype: 'string', shape: [data.length], data })
        expect(tensorFromBytes(bytes, 'string', [data.length]).data).toEqual(data)
      }),
    )
  })

  test.each(FIXED)('%s: they are read where they lie, unless that is between two elements', (dtype) => {
    const size = bytesPerElement(dtype)
    const body = new Uint8Array(size * 3)
    const dataAt = (offset: number) => tensorFromBytes(body.subarray(offset, offset + size), dtype, [1]).data
    const isView = (data: ReturnType<typeof dataAt>) => ArrayBuffer.isView(data) && data.buffer === body.buffer
    expect(isView(dataAt(size))).toBe(true)
    if (size > 1) expect(isView(dataAt(size + 1))).toBe(false)
  })

  test('what they are made of is not copied on the way out', () => {
    const data = Float32Array.of(1, 2, 3)
    expect(tensorToBytes({ dtype: 'float32', shape: [1], data: data.subarray(1, 2) }).buffer).toBe(data.buffer)
  })
})

describe('a body without JSON', () => {
  const spec = (dtype: Dtype, shape: TensorSpec['shape']): TensorSpec => ({ name: 'x', dtype, shape })

  test.each([
    [spec('float32', ['batch', 4]), 32, [2, 4]],
    [spec('float32', [2, 4]), 32, [2, 4]],
    [spec('int8', []), 1, []],
    [spec('int8', ['n']), 0, [0]],
    [spec('string', ['batch', 1]), 5, [1, 1]],
    [spec('string', [1]), 0, [1]],
  ])('%o of %i bytes has the shape %o', (only, length, shape) => {
    const { json, binary } = readRawRequest(Buffer.alloc(length, 'a'), [only])
    expect(json.inputs[0]?.shape).toEqual(shape)
    expect(json.inputs[0]?.parameters).toEqual({ binary_data_size: binary.length })
    expect(json.parameters).toEqual({ binary_data_output: true })
  })

  test('a string gets its length in front', () => {
    const { binary } = readRawRequest(Buffer.from('427'), [spec('string', [1])])
    expect(binary).toEqual(Buffer.from('\x03\0\0\x00427'))
  })

  test.each([
    [[], /0 inputs/],
    [[spec('int8', [1]), spec('int8', [1])], /2 inputs/],
    [[spec('int8', null)], /of any rank/],
    [[spec('int8', ['a', 'b'])], /more than one dimension varies/],
    [[spec('float32', ['a', 3])], /no whole number of rows/],
    [[spec('float32', ['a', 0])], /no whole number of rows/],
    [[spec('string', ['a', 2])], /no whole number of rows/],
  ])('cannot be %o', (specs, reason) => {
    expect(() => readRawRequest(Buffer.alloc(10), specs)).toThrow(reason)
  })
})
