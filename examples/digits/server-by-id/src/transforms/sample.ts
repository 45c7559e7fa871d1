import type { Contract, Dtype, Json, TensorSpec } from './types.ts'

/** The sample's data: the contract's own, or one that fits the model's inputs where that would be too long to write down. */
export function sampleData({ inputs, sample }: Contract): Json {
  if (sample.data !== null) return sample.data
  const [only] = inputs
  if (only && inputs.length === 1) return ones(only)
  return Object.fromEntries(inputs.map((input) => [input.name, ones(input)]))
}

/** One row of ones; sizes that may vary are 1. */
function ones({ dtype, shape }: TensorSpec): Json {
  return (shape ?? []).reduceRight<Json>(
    (inner, dim) => Array.from({ length: typeof dim === 'number' ? dim : 1 }, () => inner),
    oneOf(dtype),
  )
}

function oneOf(dtype: Dtype): Json {
  if (dtype === 'string') return '1'
  return dtype === 'bool' ? true : 1
}

/** The same with zeros: some models cannot take ones, such as an index into one row. */
export function zerosLike(data: Json): Json {
  if (typeof data === 'number') return 0
  if (typeof data === 'string') return '0'
  if (typeof data !== 'object' || data === null) return false
  if (isList(data)) return data.map(zerosLike)
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, zerosLike(value)]))
}

function isList(data: object): data is readonly Json[] {
  return Array.isArray(data)
}
