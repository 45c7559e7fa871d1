import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../templates/fastify-onnx/base/src/transforms/errors.ts'
import { labelRows, topLabels } from '../../templates/fastify-onnx/base/src/transforms/labels.ts'
import type { Tensor } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

function scores(shape: readonly number[], ...values: number[]): Tensor {
  return { dtype: 'float32', shape, data: Float32Array.from(values) }
}

const flowers = { labels: ['setosa', 'versicolor', 'virginica'], rows: true }
const answers = { labels: ['no', 'yes'], rows: true }
const decisions = { ...answers, predict: { singleScore: 'decision' as const } }

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
    [
      'is the second above 0, when that one score is a decision value',
      scores([3, 1], 0.25, 0, -2),
      decisions,
      ['yes', 'no', 'no'],
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

describe('the best labels of a row', () => {
  test.each([
    [
      'come best first',
      scores([1, 3], 0.25, 0.5, 0.125),
      2,
      [
        ['versicolor', 0.5],
        ['setosa', 0.25],
      ],
    ],
    [
      'come in the order of their columns on a tie',
      scores([1, 3], 0.25, 0.5, 0.25),
      3,
      [
        ['versicolor', 0.5],
        ['setosa', 0.25],
        ['virginica', 0.25],
      ],
    ],
  ])('%s', (_, tensor, k, expected) => {
    expect(topLabels(tensor, flowers, k)).toEqual([expected.map(([label, score]) => ({ label, score }))])
  })

  test('are given for each row', () => {
    expect(topLabels(scores([2, 3], 1, 0, 0, 0, 0, 1), flowers, 1)).toEqual([
      [{ label: 'setosa', score: 1 }],
      [{ label: 'virginica', score: 1 }],
    ])
  })

  test('are both of two where there is one score, the same first as the label', () => {
    const both = topLabels(scores([2, 1], 0.5, 0.25), answers, 2)
    expect(both).toEqual([
      [
        { label: 'yes', score: 0.5 },
        { label: 'no', score: 0.5 },
      ],
      [
        { label: 'no', score: 0.75 },
        { label: 'yes', score: 0.25 },
      ],
    ])
  })

  test('of a decision value are its two signs', () => {
    expect(topLabels(scores([1, 1], 0.25), decisions, 2)).toEqual([
      [
        { label: 'yes', score: 0.25 },
        { label: 'no', score: -0.25 },
      ],
    ])
  })

  test('are refused when there are fewer, or a score is no number', () => {
    expect(() => topLabels(scores([1, 3], 0, 0, 1), flowers, 4)).toThrow(InvalidInput)
    expect(() => topLabels(scores([1, 3], 0, Number.NaN, 1), flowers, 1)).toThrow(InvalidInput)
  })
})
