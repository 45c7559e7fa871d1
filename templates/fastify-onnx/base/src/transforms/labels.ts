import { numbersOf } from './elements.ts'
import { InvalidInput } from './errors.ts'
import type { Tensor, TensorOf } from './types.ts'

/** At and above it, a single score of two classes means the second. */
const THRESHOLD = 0.5

/**
 * The label of each row of class scores: scores (N, C) give N labels by argmax along the last axis, the lowest column on a tie.
 * One score per row with two labels, (N, 1) or rows of shape (N), is the probability of the second.
 * A column without a label is its number. Throws InvalidInput when scores are not numbers (NaN): there is no best then.
 */
export function labelRows(
  scores: Tensor,
  { labels, rows }: { labels: readonly string[] | null; rows: boolean },
): TensorOf<'string'> {
  const { shape } = scores
  // With rows the first axis counts them, so a score of shape (N) has no axis of columns.
  const columnAxis = shape.length > (rows ? 1 : 0)
  const columns = columnAxis ? (shape.at(-1) ?? 1) : 1
  const values = numbersOf(scores)
  const data: string[] = []
  for (let start = 0; columns > 0 && start < values.length; start += columns) {
    const column = bestColumn(values.subarray(start, start + columns), labels?.length === 2)
    data.push(labels?.[column] ?? String(column))
  }
  return { dtype: 'string', shape: columnAxis ? shape.slice(0, -1) : shape, data }
}

function bestColumn(scores: Float64Array, binary: boolean): number {
  if (scores.some(Number.isNaN)) {
    throw new InvalidInput({ pointer: '/data', detail: 'the model answers this input with NaN, so it has no label' })
  }
  const [first = 0] = scores
  if (scores.length === 1 && binary) return first >= THRESHOLD ? 1 : 0
  return scores.reduce((best, score, column) => (score > (scores[best] ?? score) ? column : best), 0)
}
