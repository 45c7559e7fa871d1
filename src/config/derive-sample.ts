import type { Dtype } from '../words.ts'
import type { Json, TensorConfig } from './config.ts'

/** A derived sample of more elements than this is not written out: the server fills it when it is needed. */
const MOST_ELEMENTS = 256

/**
 * A value that fits every tensor: ones (`true`, `"1"`), one row, symbolic dims of size 1, by name when there are several.
 * null when it would be too long to read. The server fills such a sample itself, and zeros where ones fail (VARS.md).
 */
export function deriveSample(inputs: readonly TensorConfig[]): Json {
  const sizes = inputs.map(({ shape }) => (shape ?? []).reduce<number>((count, dim) => count * sizeOf(dim), 1))
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_ELEMENTS) return null
  const values = inputs.map(({ name, dtype, shape }) => [name, fill((shape ?? []).map(sizeOf), oneOf(dtype))] as const)
  const [only] = values
  return values.length === 1 && only ? only[1] : Object.fromEntries(values)
}

function sizeOf(dim: number | string): number {
  return typeof dim === 'number' ? dim : 1
}

function oneOf(dtype: Dtype): Json {
  if (dtype === 'string') return '1'
  return dtype === 'bool' ? true : 1
}

function fill([size, ...inner]: readonly number[], value: Json): Json {
  return size === undefined ? value : Array.from({ length: size }, () => fill(inner, value))
}
