import { numbersOf } from './elements.ts'
import type { Tensor, TensorOf } from './types.ts'

type Floats = TensorOf<'float32'> | TensorOf<'float64'>

/** exp(x) / sum of exp along the last axis: logits to probabilities that add up to 1. Shifted by the maximum, so nothing overflows. */
export function softmax(logits: Tensor): Floats {
  const values = numbersOf(logits)
  const columns = logits.shape.at(-1) ?? 1
  for (let start = 0; start < values.length; start += columns) {
    const row = values.subarray(start, start + columns)
    const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const exps = row.map((value) => Math.exp(value - max))
    const sum = exps.reduce((a, b) => a + b, 0)
    row.set(exps.map((value) => value / sum))
  }
  return floats(values, logits)
}

/** 1 / (1 + exp(-x)) of each element: a logit to a probability. */
export function sigmoid(logits: Tensor): Floats {
  return floats(
    numbersOf(logits).map((value) => 1 / (1 + Math.exp(-value))),
    logits,
  )
}

/** float64 stays float64; everything else is answered as float32. */
function floats(values: Float64Array, { dtype, shape }: Tensor): Floats {
  if (dtype === 'float64') return { dtype, shape, data: values }
  return { dtype: 'float32', shape, data: Float32Array.from(values) }
}
