import assert from 'node:assert/strict'

/** Nested numbers equal within |a - b| <= 1e-4 * max(1, |b|); everything else (strings, shapes) exactly. */
export function assertClose(actual: unknown, expected: unknown, path = 'prediction'): void {
  if (typeof actual === 'number' && typeof expected === 'number') {
    const tolerance = 1e-4 * Math.max(1, Math.abs(expected))
    assert.ok(Math.abs(actual - expected) <= tolerance, `${path}: ${actual} is not close to ${expected}`)
    return
  }
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) {
    assert.deepEqual(actual, expected, path)
    return
  }
  assert.deepEqual(Object.keys(actual), Object.keys(expected), `${path}: another shape`)
  for (const [key, value] of Object.entries(expected)) assertClose(Reflect.get(actual, key), value, `${path}/${key}`)
}
