import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../templates/fastify-onnx/base/src/transforms/errors.ts'
import { labelRows } from '../../templates/fastify-onnx/base/src/transforms/labels.ts'
import type { Tensor } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

function scores(shape: readonly number[], ...values: number[]): Tensor {
  return { dtype: 'float32', shape, data: Float32Array.from(values) }
}

const flowers = { labels: ['setosa', 'versicolor', 'virginica'], rows: true }
const answers = { labels: ['no', 'yes'], rows: true }

describe('the label of a row', () => {
  test.each([
    [
      'is that of its highest score',
      scores([2, 3], 0.1, 0.7, 0.2, 0.1, 0.2, 0.7),
      flowers,
      ['versicolor', 'virginica'],
    ],
    ['is the lowest column of a tie', scores([1, 3], 0.2, 0.4, 0.4), flowers, ['versicolor']],
    [
      'is the second from 0.5 on, when there is one score for two labels',
      scores([2, 1], 0.5, 0.4999),
      answers,
      ['yes', 'no'],
    ],
    ['is found without an axis of columns, too', scores([3], 0.9, 0.1, 0.5), answers, ['yes', 'no', 'yes']],
    ['is the column number where there are no labels', scores([1, 3], 0, 0, 1), { labels: null, rows: true }, ['2']],
    ['is the column number beyond the labels', scores([1, 4], 0, 0, 0, 1), flowers, ['3']],
    ['is found among negative scores', scores([1, 3], -3, -1, -2), flowers, ['versicolor']],
    [
      'is one for all columns when there are no rows',
      scores([3], 0, 1, 0),
      { ...flowers, rows: false },
      ['versicolor'],
    ],
  ])('%s', (_, tensor, options, labels) => {
    expect(labelRows(tensor, options).data).toEqual(labels)
  })

  test('is read from bits when scores are float16, and from bigints when they are votes', () => {
    const halves: Tensor = { dtype: 'float16', shape: [1, 3], data: Uint16Array.of(0xbc00, 0x3800, 0x3400) }
    const votes: Tensor = { dtype: 'int64', shape: [1, 3], data: BigInt64Array.of(1n, -5n, 7n) }
    expect(labelRows(halves, flowers).data).toEqual(['versicolor'])
    expect(labelRows(votes, flowers).data).toEqual(['virginica'])
  })

  test('does not exist when a score is NaN', () => {
    expect(() => labelRows(scores([1, 3], 0, Number.NaN, 1), flowers)).toThrow(InvalidInput)
  })
})
