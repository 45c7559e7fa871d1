import type { ModelInput, Tensors } from '../transforms/types.ts'

/**
 * From a request's data to the model's inputs: N rows in, N rows out. The server and the browser run this same file, so it
 * imports nothing of Node. It is yours: generating again never overwrites it.
 *
 * The model takes the request's values as they are, so there is nothing to do. If yours was trained on scaled numbers:
 *
 *   import { numbersOf } from '../transforms/elements.ts'
 *
 *   const scale = (tensor: Tensor) => ({ ...tensor, data: Float32Array.from(numbersOf(tensor), (x) => (x - MEAN) / STD) })
 *   return Object.fromEntries(Object.entries(data).map(([name, tensor]) => [name, scale(tensor)]))
 */
export function preprocess(data: ModelInput): Tensors {
  return data
}
