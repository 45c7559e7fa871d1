import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sigmoid, softmax } from '../../templates/fastify-onnx/base/src/transforms/activation.ts'

function logits(shape: readonly number[], values: readonly number[]) {
  return { dtype: 'float64', shape, data: Float64Array.from(values) } as const
}

describe('softmax', () => {
  test('gives the probabilities of the textbook, row by row', () => {
    const { data } = softmax(logits([2, 3], [1, 2, 3, 0, 0, 0]))
    const expected = [0.09003057317038046, 0.24472847105479764, 0.6652409557748219, 1 / 3, 1 / 3, 1 / 3]
    for (const [index, value] of expected.entries()) expect(data[index]).toBeCloseTo(value, 14)
  })

  test('adds up to 1 for finite logits of any size', () => {
    const anyLogits = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(anyLogits, (values) => {
        const sum = Float64Array.from(softmax(logits([values.length], values)).data).reduce((a, b) => a + b, 0)
        expect(sum).toBeCloseTo(1, 9)
      }),
    )
  })

  test('answers float16 logits as float32', () => {
    const { dtype, data } = softmax({ dtype: 'float16', shape: [1, 2], data: Uint16Array.of(0x3c00, 0x3c00) })
    expect(dtype).toBe('float32')
    expect([...data]).toEqual([0.5, 0.5])
  })
})

test('sigmoid is 0.5 at 0 and does not overflow far from it', () => {
  expect([...sigmoid(logits([3], [0, 1000, -1000])).data]).toEqual([0.5, 1, 0])
})
