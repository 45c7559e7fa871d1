import { numberReader, numbersOf } from './elements.ts'
import { InvalidInput } from './errors.ts'
import type { Json, Tensor, TensorOf } from './types.ts'

/** What of the contract says how scores are read: `labels` by column, null where the number of a column is its label. */
export interface LabelRules {
  readonly labels: readonly string[] | null
  readonly rows: boolean
  readonly predict?: { readonly singleScore?: 'decision' }
}

/** What a single score says of two classes: when it means the second, and the score of the first. */
const SINGLE_SCORE = {
  probability: { isSecond: (score: number) => score >= 0.5, ofFirst: (score: number) => 1 - score },
  decision: { isSecond: (score: number) => score > 0, ofFirst: (score: number) => -score },
}

/**
 * The label of each row of class scores: scores (N, C) give N labels by argmax along the last axis, the lowest column on a tie.
 * One score per row with two labels, (N, 1) or rows of shape (N), is the probability of the second, or its decision value.
 * A column without a label is its number. Throws InvalidInput when scores are not numbers (NaN): there is no best then.
 */
export function labelRows(scores: Tensor, rules: LabelRules): TensorOf<'string'> {
  const best = bestColumns(scores, rules)
  if (best.includes(NO_COLUMN)) throw noLabel()
  const data = best.map((column) => labelOf(column, rules))
  return { dtype: 'string', shape: hasColumns(scores, rules) ? scores.shape.slice(0, -1) : scores.shape, data }
}

/** Where there is no best column. */
export const NO_COLUMN = -1

/** The column of each row's best score, as `labelRows` reads them; NO_COLUMN where one is not a number (NaN). */
export function bestColumns(scores: Tensor, rules: LabelRules): number[] {
  const columns = hasColumns(scores, rules) ? (scores.shape.at(-1) ?? 1) : 1
  const read = numberReader(scores)
  const isBinary = columns === 1 && rules.labels?.length === 2
  const { isSecond } = SINGLE_SCORE[kindOf(rules)]
  const best: number[] = []
  for (let start = 0; columns > 0 && start < scores.data.length; start += columns) {
    if (isBinary) best.push(Number.isNaN(read(start)) ? NO_COLUMN : Number(isSecond(read(start))))
    else best.push(bestOf(read, start, columns))
  }
  return best
}

/** A plain loop: it runs for every request that is counted. */
function bestOf(read: (index: number) => number, start: number, columns: number): number {
  let best = 0
  let highest = Number.NEGATIVE_INFINITY
  for (let column = 0; column < columns; column += 1) {
    const score = read(start + column)
    if (Number.isNaN(score)) return NO_COLUMN
    if (score > highest) {
      best = column
      highest = score
    }
  }
  return best
}

/**
 * The `k` best classes of each row, best first: `[[{label: "setosa", score: 0.97}, ...], ...]`, ties to the lower column.
 * Throws InvalidInput when `k` is not in 1..classes, or scores are NaN.
 */
export function topLabels(scores: Tensor, rules: LabelRules, k: number): Json[] {
  return splitRows(scores, rules).map((row) => {
    const best = bestColumn(row, rules)
    const columns = isBinary(row, rules) ? bothScores(row, rules) : row
    if (k > columns.length) {
      throw new InvalidInput({ pointer: '', detail: `k is ${k}, but there are ${columns.length} classes` })
    }
    const ranked = Array.from(columns, (score, column) => ({ column, score }))
    ranked.sort(
      (a, b) => b.score - a.score || Number(b.column === best) - Number(a.column === best) || a.column - b.column,
    )
    return ranked.slice(0, k).map(({ column, score }) => ({ label: labelOf(column, rules), score }))
  })
}

/** With rows the first axis counts them, so a score of shape (N) has no axis of columns. */
function hasColumns({ shape }: Tensor, { rows }: LabelRules): boolean {
  return shape.length > (rows ? 1 : 0)
}

function splitRows(scores: Tensor, rules: LabelRules): Float64Array[] {
  const columns = hasColumns(scores, rules) ? (scores.shape.at(-1) ?? 1) : 1
  const values = numbersOf(scores)
  if (values.some(Number.isNaN)) {
    throw noLabel()
  }
  const count = columns === 0 ? 0 : values.length / columns
  return Array.from({ length: count }, (_, row) => values.subarray(row * columns, (row + 1) * columns))
}

function noLabel(): InvalidInput {
  return new InvalidInput({ pointer: '/data', detail: 'the model answers this input with NaN, so it has no label' })
}

function bestColumn(row: Float64Array, rules: LabelRules): number {
  if (isBinary(row, rules)) return SINGLE_SCORE[kindOf(rules)].isSecond(row[0] ?? 0) ? 1 : 0
  return row.reduce((best, score, column) => (score > (row[best] ?? score) ? column : best), 0)
}

function isBinary(row: Float64Array, { labels }: LabelRules): boolean {
  return row.length === 1 && labels?.length === 2
}

function bothScores([score = 0]: Float64Array, rules: LabelRules): Float64Array {
  return Float64Array.of(SINGLE_SCORE[kindOf(rules)].ofFirst(score), score)
}

function kindOf({ predict }: LabelRules): keyof typeof SINGLE_SCORE {
  return predict?.singleScore ?? 'probability'
}

function labelOf(column: number, { labels }: LabelRules): string {
  return labels?.[column] ?? String(column)
}
