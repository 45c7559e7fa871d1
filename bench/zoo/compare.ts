/**
 * The largest |a-b| / max(1, |b|) of two nested arrays in the order of their elements, or of objects of such by name.
 * Infinity when they hold other names, not equally many elements, or different strings.
 */
export function distance(got: unknown, expected: unknown): number {
  if (isRecord(expected)) {
    if (!isRecord(got) || Object.keys(got).sort().join() !== Object.keys(expected).sort().join()) return Infinity
    return Math.max(...Object.entries(expected).map(([name, values]) => distance(got[name], values)))
  }
  const [a, b] = [flatten(got), flatten(expected)]
  if (a.length !== b.length) return Infinity
  return a.reduce<number>((worst, value, index) => Math.max(worst, elementDistance(value, b[index])), 0)
}

/** How many of the labels are the expected ones, from 0 to 1. */
export function agreement(got: unknown, expected: readonly string[]): number {
  const labels = flatten(got)
  if (labels.length !== expected.length) return 0
  return expected.filter((label, index) => labels[index] === label).length / expected.length
}

function elementDistance(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) / Math.max(1, Math.abs(b))
  return a === b ? 0 : Infinity
}

function flatten(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
