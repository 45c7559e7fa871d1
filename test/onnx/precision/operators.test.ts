import { fromBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { type AttributeProto, ModelProtoSchema } from '../../../src/onnx/onnx_pb.ts'
import { toPrecision } from '../../../src/onnx/precision/to-precision.ts'
import { node } from '../support.ts'
import { answer, distance, encode, feed, integer, port, weight } from './support.ts'

interface Case {
  readonly what: string
  readonly op: string
  /** Where the weight stands among the inputs. */
  readonly at: 0 | 1
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly y: readonly number[]
  readonly attributes: readonly AttributeProto[]
  /** Of the scales: the axis of the result's channels is the one that is not 1. */
  readonly scales: readonly number[]
}

const one = (
  what: string,
  op: string,
  shapes: Pick<Case, 'x' | 'w' | 'y' | 'scales'>,
  more: Partial<Case> = {},
): Case => {
  return { what, op, at: 1, attributes: [], ...shapes, ...more }
}

const CASES: readonly Case[] = [
  one('MatMul', 'MatMul', { x: [3, 40], w: [40, 12], y: [3, 12], scales: [1, 12] }),
  one('MatMul with weights first', 'MatMul', { x: [40, 3], w: [12, 40], y: [12, 3], scales: [12, 1] }, { at: 0 }),
  one('MatMul of stacked matrices', 'MatMul', { x: [2, 3, 40], w: [2, 40, 12], y: [2, 3, 12], scales: [1, 1, 12] }),
  one('Gemm', 'Gemm', { x: [3, 40], w: [40, 12], y: [3, 12], scales: [1, 12] }),
  one(
    'Gemm with transB',
    'Gemm',
    { x: [3, 40], w: [12, 40], y: [3, 12], scales: [12, 1] },
    { attributes: [integer('transB', 1)] },
  ),
  one('Gemm with weights first', 'Gemm', { x: [40, 3], w: [12, 40], y: [12, 3], scales: [12, 1] }, { at: 0 }),
  one(
    'Gemm with transA',
    'Gemm',
    { x: [40, 3], w: [40, 12], y: [12, 3], scales: [1, 12] },
    { at: 0, attributes: [integer('transA', 1)] },
  ),
  one('Conv', 'Conv', { x: [1, 4, 8, 8], w: [12, 4, 3, 3], y: [1, 12, 6, 6], scales: [12, 1, 1, 1] }),
  one('Conv of one dim', 'Conv', { x: [1, 4, 80], w: [12, 4, 9], y: [1, 12, 72], scales: [12, 1, 1] }),
  one(
    'Conv in groups',
    'Conv',
    { x: [1, 40, 8, 8], w: [40, 1, 3, 3], y: [1, 40, 6, 6], scales: [40, 1, 1, 1] },
    { attributes: [integer('group', 40)] },
  ),
  one('ConvTranspose', 'ConvTranspose', {
    x: [1, 4, 8, 8],
    w: [4, 12, 3, 3],
    y: [1, 12, 10, 10],
    scales: [1, 12, 1, 1],
  }),
  one(
    'ConvTranspose in groups',
    'ConvTranspose',
    { x: [1, 40, 8, 8], w: [40, 1, 3, 3], y: [1, 40, 10, 10], scales: [40, 1, 1, 1] },
    { attributes: [integer('group', 40)] },
  ),
]

function modelOf({ op, at, x, w, y, attributes }: Case): Uint8Array {
  const input = at === 0 ? ['w', 'x'] : ['x', 'w']
  return encode({
    node: [node(op, input, ['y'], { attribute: [...attributes] })],
    initializer: [weight('w', w)],
    input: [port('x', x)],
    output: [port('y', y)],
  })
}

describe.each(CASES)('the weights of $what', (one) => {
  const bytes = modelOf(one)
  const feeds = { x: feed(one.x) }

  test('as halves give nearly the same', async () => {
    const { bytes: small, changed } = toPrecision(bytes, 'fp16')
    expect(changed).toEqual([expect.objectContaining({ name: 'w', operator: one.op, shape: one.w })])
    const [before, after] = [await answer(bytes, feeds), await answer(small, feeds)]
    expect(distance(before.y ?? [], after.y ?? [])).toBeLessThan(1e-3)
    expect(distance(before.y ?? [], after.y ?? [])).toBeGreaterThan(0)
  })

  test('as codes give nearly the same, with a scale for every channel of the result', async () => {
    const { bytes: small, changed } = toPrecision(bytes, 'int8')
    const scale = fromBinary(ModelProtoSchema, small).graph?.initializer.find(({ name }) => name === 'w_scale')
    expect(scale?.dims.map(Number)).toEqual(one.scales)
    const elements = one.w.reduce((size, dim) => size * dim, 1)
    expect(changed[0]?.bytesAfter).toBe(elements + 4 * Math.max(...one.scales))
    const [before, after] = [await answer(bytes, feeds), await answer(small, feeds)]
    expect(distance(before.y ?? [], after.y ?? [])).toBeLessThan(2e-2)
  })
})
