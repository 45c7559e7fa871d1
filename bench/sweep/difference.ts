import type { Json } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

export interface Tolerance {
  readonly relative: number
  readonly absolute: number
}

/** What the ONNX project's own runner of these tests allows. */
export const ONNX_TOLERANCE: Tolerance = { relative: 1e-3, absolute: 1e-7 }
export const EXACT: Tolerance = { relative: 0, absolute: 0 }

/**
 * The first place where two nested arrays (or objects of such by name) differ, in words; null when they agree. Shapes, names
 * and the kinds of elements must be equal, numbers within |a-b| <= absolute + relative * |b|; "NaN" equals "NaN".
 */
export function findDifference(got: Json, expected: Json, tolerance: Tolerance, place = ''): string | null {
  if (Array.isArray(expected) || Array.isArray(got)) return arraysDiffer(got, expected, tolerance, place)
  if (isRecord(expected)) return recordsDiffer(got, expected, tolerance, place)
  if (typeof got === 'number' && typeof expected === 'number') {
    const allowed = tolerance.absolute + tolerance.relative * Math.abs(expected)
    return Math.abs(got - expected) <= allowed ? null : `${place}: ${got} instead of ${expected}`
  }
  return got === expected ? null : `${place}: ${show(got)} instead of ${show(expected)}`
}

function arraysDiffer(got: Json, expected: Json, tolerance: Tolerance, place: string): string | null {
  if (!Array.isArray(got) || !Array.isArray(expected) || got.length !== expected.length) {
    return `${place}: ${show(got)} instead of ${show(expected)}`
  }
  for (const [index, value] of expected.entries()) {
    const difference = findDifference(got[index], value, tolerance, `${place}/${index}`)
    if (difference !== null) return difference
  }
  return null
}

function recordsDiffer(
  got: Json,
  expected: Readonly<Record<string, Json>>,
  tolerance: Tolerance,
  place: string,
): string | null {
  if (!isRecord(got) || Object.keys(got).sort().join() !== Object.keys(expected).sort().join()) {
    return `${place}: ${show(got)} instead of ${show(expected)}`
  }
  for (const [name, value] of Object.entries(expected)) {
    const difference = findDifference(got[name] ?? null, value, tolerance, `${place}/${name}`)
    if (difference !== null) return difference
  }
  return null
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: Json): string {
  if (Array.isArray(value)) return `${value.length} elements`
  return isRecord(value) ? `{${Object.keys(value).join(', ')}}` : JSON.stringify(value)
}
