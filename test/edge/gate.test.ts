import { describe, expect, test } from 'vitest'
import { type Answered, measureAgreement } from '../../src/edge/gate.ts'
import { numbersOf } from '../../templates/fastify-onnx/base/src/transforms/elements.ts'

const CLASSES = { task: 'classification', rows: true, read: numbersOf } as const
const NUMBERS = { task: 'regression', rows: true, read: numbersOf } as const
const TENSOR = { task: 'tensor', rows: false, read: numbersOf } as const

type Rows = readonly (readonly number[])[]

const tensor = (rows: Rows) => ({
  dtype: 'float32' as const,
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
})

/** Answers without labels: one request of these rows. */
function numbers(rows: Rows, more: Partial<Answered> = {}): Answered {
  return { name: 'one', origin: 'sample', answer: { outputs: { y: tensor(rows) }, top: null }, ...more }
}

/** Answers with labels: the best of each row is the largest. */
function scores(rows: Rows, more: Partial<Answered> = {}): Answered {
  const top = rows.map((row) => {
    const index = row.indexOf(Math.max(...row))
    return [{ label: `class ${index}`, index, score: row[index] ?? 0 }]
  })
  return { ...numbers(rows, more), answer: { outputs: { y: tensor(rows) }, top } }
}

describe('labels', () => {
  test('agree where the best one is the same, however far the scores are', () => {
    const { agreement, disagreements, measure } = measureAgreement(
      [scores([[0.9, 0.1]])],
      [scores([[0.51, 0.49]])],
      CLASSES,
    )
    expect({ agreement, disagreements, measure }).toEqual({
      agreement: 1,
      disagreements: [],
      measure: 'the same best label',
    })
  })

  test('differ where another one is the best, however near the scores are: both are named', () => {
    const compared = measureAgreement(
      [
        scores(
          [
            [0.501, 0.499],
            [0.9, 0.1],
          ],
          { name: 'a.json' },
        ),
      ],
      [
        scores([
          [0.499, 0.501],
          [0.9, 0.1],
        ]),
      ],
      CLASSES,
    )
    expect(compared).toMatchObject({
      rows: 2,
      agreement: 0.5,
      disagreements: [{ name: 'a.json', row: 0, original: '"class 0" (0.501)', candidate: '"class 1" (0.501)' }],
    })
  })

  test('count once per row of all samples, not of edge cases made from them', () => {
    const originals = [
      scores(
        [
          [1, 0],
          [1, 0],
          [1, 0],
        ],
        { origin: 'samples' },
      ),
      scores([[1, 0]], { origin: 'made' }),
    ]
    const candidates = [
      scores([
        [1, 0],
        [1, 0],
        [0, 1],
      ]),
      scores([[0, 3]]),
    ]
    expect(measureAgreement(originals, candidates, CLASSES)).toMatchObject({ rows: 3, agreement: 2 / 3 })
  })

  test('that only one of both has are no agreement', () => {
    expect(measureAgreement([scores([[1, 0]])], [numbers([[Number.NaN, 0]])], CLASSES)).toMatchObject({
      agreement: 0,
      disagreements: [{ candidate: 'no label' }],
    })
  })
})

describe('a number of a regression', () => {
  test.each([
    [100, 100.9, 1],
    [100, 101.1, 0],
    [-100, -100.9, 1],
    [0, 0, 1],
    [Number.NaN, Number.NaN, 1],
    [Number.NaN, 1, 0],
    [1, Number.NaN, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1],
    [Number.POSITIVE_INFINITY, 1, 0],
  ])('%d and %d: agreement %d', (original, candidate, agreement) => {
    expect(measureAgreement([numbers([[original]])], [numbers([[candidate]])], NUMBERS).agreement).toBe(agreement)
  })

  test('next to zero is measured by what the model usually answers', () => {
    const [original, usual] = [[0.0001], [10]]
    const compared = (value: number) =>
      measureAgreement([numbers([usual, original, usual])], [numbers([usual, [value], usual])], NUMBERS)
    expect(compared(0.05).agreement).toBe(1)
    expect(compared(0.2)).toMatchObject({
      agreement: 2 / 3,
      disagreements: [{ row: 1, original: 'y', candidate: 'off by 2.0 %' }],
    })
  })
})

describe('a tensor', () => {
  test('agrees as a whole, within 5 % of its length', () => {
    const original = numbers([
      [3, 4],
      [0, 0],
    ])
    expect(
      measureAgreement(
        [original],
        [
          numbers([
            [3, 4.2],
            [0, 0.1],
          ]),
        ],
        TENSOR,
      ),
    ).toMatchObject({ rows: 1, agreement: 1 })
    expect(
      measureAgreement(
        [original],
        [
          numbers([
            [3, 4.2],
            [0, 0.2],
          ]),
        ],
        TENSOR,
      ),
    ).toMatchObject({ rows: 1, agreement: 0 })
  })

  test('of integers or strings agrees when it is equal', () => {
    const words = (...data: string[]): Answered => {
      return { ...numbers([]), answer: { outputs: { y: { dtype: 'string', shape: [data.length], data } }, top: null } }
    }
    expect(measureAgreement([words('a', 'b')], [words('a', 'b')], TENSOR).agreement).toBe(1)
    expect(measureAgreement([words('a', 'b')], [words('a', 'c')], TENSOR).agreement).toBe(0)
  })

  test('of another size, or none at all, does not agree', () => {
    expect(measureAgreement([numbers([[1, 2]])], [numbers([[1, 2, 3]])], TENSOR).agreement).toBe(0)
    expect(
      measureAgreement([numbers([[1, 2]])], [{ ...numbers([]), answer: { outputs: {}, top: null } }], TENSOR).agreement,
    ).toBe(0)
  })

  test('of halves is compared by what their bits stand for', () => {
    const halves = (...bits: number[]): Answered => {
      const y = { dtype: 'float16' as const, shape: [bits.length], data: Uint16Array.from(bits) }
      return { ...numbers([]), answer: { outputs: { y }, top: null } }
    }
    // 1 and the half after it; 1 and 1.25, whose bits are nearer to each other than 5 %.
    expect(measureAgreement([halves(0x3c00)], [halves(0x3c01)], TENSOR).agreement).toBe(1)
    expect(measureAgreement([halves(0x3c00)], [halves(0x3d00)], TENSOR).agreement).toBe(0)
  })
})

test('no samples are no agreement', () => {
  expect(measureAgreement([], [], CLASSES)).toMatchObject({ rows: 0, agreement: 0 })
})
