import type { Dtype } from '../words.ts'
import type { Dim, Json } from './config.ts'

const INTEGER_RANGE: Partial<Record<Dtype, readonly [bigint, bigint]>> = {
  int8: [-128n, 127n],
  uint8: [0n, 255n],
  int16: [-32768n, 32767n],
  uint16: [0n, 65535n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
}

/** The largest finite value: beyond it, float16 and float32 overflow to Infinity. Rounding to nearest even reaches half a unit further. */
const FLOAT_LIMIT: Partial<Record<Dtype, number>> = { float16: 65520, float32: 3.4028235677973366e38 }

/** `(batch,4)`: a shape as messages show it. */
export function showShape(shape: readonly Dim[] | null): string {
  return shape === null ? '(of any rank)' : `(${shape.join(',')})`
}

/** The shape of nested lists, `[2, 4]` for two rows of four; undefined with the reason when they are ragged. */
export function shapeOf(value: Json): { shape: readonly number[] } | { ragged: string } {
  if (!Array.isArray(value)) return { shape: [] }
  const [first = null, ...rest] = value
  if (value.length === 0) return { shape: [0] }
  const inner = shapeOf(first)
  if ('ragged' in inner) return inner
  for (const [index, item] of rest.entries()) {
    const other = shapeOf(item)
    if ('ragged' in other) return other
    if (other.shape.join() !== inner.shape.join()) {
      return {
        ragged: `element ${index + 1} has the shape ${showShape(other.shape)}, element 0 has ${showShape(inner.shape)}`,
      }
    }
  }
  return { shape: [value.length, ...inner.shape] }
}

/** What is wrong with a value as a tensor of this dtype and shape (rank, dims, every element); undefined when nothing is. */
export function checkTensorValue(value: Json, dtype: Dtype, shape: readonly Dim[] | null): string | undefined {
  const actual = shapeOf(value)
  if ('ragged' in actual) return `the lists are ragged: ${actual.ragged}`
  if (shape !== null && !fits(actual.shape, shape))
    return `has the shape ${showShape(actual.shape)}, expected ${showShape(shape)}`
  return checkElements(value, dtype)
}

function fits(actual: readonly number[], expected: readonly Dim[]): boolean {
  // A zero dim hides the dims behind it: [] is (0,4) as well as (0).
  const zero = actual.indexOf(0)
  const known = zero >= 0 ? actual.slice(0, zero + 1) : actual
  if (zero < 0 && actual.length !== expected.length) return false
  return known.every((size, axis) => typeof expected[axis] !== 'number' || expected[axis] === size)
}

function checkElements(value: Json, dtype: Dtype): string | undefined {
  if (!Array.isArray(value)) return checkElement(value, dtype)
  for (const item of value) {
    const wrong = checkElements(item, dtype)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function checkElement(value: Json, dtype: Dtype): string | undefined {
  const shown = JSON.stringify(value)
  if (dtype === 'string') return typeof value === 'string' ? undefined : `${shown} is not a string`
  if (dtype === 'bool') return typeof value === 'boolean' ? undefined : `${shown} is not true or false`
  const range = INTEGER_RANGE[dtype]
  if (range) return checkInteger(value, dtype, range)
  if (typeof value !== 'number') return `${shown} is not a number`
  const limit = FLOAT_LIMIT[dtype] ?? Number.POSITIVE_INFINITY
  return Math.abs(value) < limit ? undefined : `${shown} is out of the range of ${dtype}`
}

function checkInteger(value: Json, dtype: Dtype, [min, max]: readonly [bigint, bigint]): string | undefined {
  const wide = dtype === 'int64' || dtype === 'uint64'
  const isDigits = wide && typeof value === 'string' && /^-?\d+$/.test(value)
  if (!isDigits && !(typeof value === 'number' && Number.isInteger(value)))
    return `${JSON.stringify(value)} is not a whole number`
  if (typeof value === 'number' && !Number.isSafeInteger(value) && wide) {
    return `${value} is beyond 2^53-1 and would be rounded: write it as a string of digits`
  }
  const exact = BigInt(String(value))
  return exact < min || exact > max ? `${value} is out of the range of ${dtype}` : undefined
}
