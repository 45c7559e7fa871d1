import type { Tensor } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import type { Asked } from './ask.ts'
import { compareBest } from './best-label.ts'
import type { Origin } from './cases.ts'

/** How far the shipped model's answer to one request is from the original's. */
export interface Difference {
  readonly name: string
  readonly origin: Origin
  /** Over all outputs that are numbers; null where there are none, infinite where one is NaN and the other is not. */
  readonly maxAbsError: number | null
  /** Rows, and those with the same best label; null without labels. */
  readonly rows: number | null
  readonly agreed: number | null
}

/** Whether the shipped model says what the original says. */
export interface Parity {
  readonly maxAbsError: number | null
  /** Rows of real data (the sample, --samples) with the same best label; null without labels. */
  readonly top1: { readonly agreed: number; readonly rows: number; readonly agreement: number } | null
  readonly vectors: readonly Difference[]
}

/** Elements as numbers: the server's own `numbersOf`. */
export type ReadNumbers = (tensor: Tensor) => Float64Array

/** Compares answers to the same requests, in the same order. Cases that were made to try the edges count for the error alone. */
export function compareAnswers(original: readonly Asked[], shipped: readonly Asked[], read: ReadNumbers): Parity {
  const vectors = original.flatMap((one, index) => {
    const other = shipped[index]
    return other ? [compare(one, other, read)] : []
  })
  const errors = vectors.flatMap(({ maxAbsError }) => maxAbsError ?? [])
  const labelled = vectors.filter(({ origin, rows }) => origin !== 'made' && rows !== null)
  const rows = labelled.reduce((sum, one) => sum + (one.rows ?? 0), 0)
  const agreed = labelled.reduce((sum, one) => sum + (one.agreed ?? 0), 0)
  return {
    maxAbsError: errors.length > 0 ? Math.max(...errors) : null,
    top1: rows > 0 ? { agreed, rows, agreement: agreed / rows } : null,
    vectors,
  }
}

function compare(original: Asked, shipped: Asked, read: ReadNumbers): Difference {
  const errors = Object.entries(original.answer.outputs).flatMap(([name, tensor]) => {
    const other = shipped.answer.outputs[name]
    // Strings have no distance.
    return other && tensor.dtype !== 'string' ? [errorBetween(read(tensor), read(other))] : []
  })
  const same = compareBest(original.answer, shipped.answer)
  return {
    name: original.name,
    origin: original.origin,
    maxAbsError: errors.length > 0 ? Math.max(...errors) : null,
    rows: same?.length ?? null,
    agreed: same?.filter(Boolean).length ?? null,
  }
}

/** The largest difference of two elements; infinite for other shapes. */
function errorBetween(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return a.reduce((most, x, index) => {
    const y = b[index] ?? Number.NaN
    if (Object.is(x, y)) return most
    const error = Math.abs(x - y)
    return Math.max(most, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error)
  }, 0)
}
