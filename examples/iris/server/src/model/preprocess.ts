import type { ModelInput, Tensors } from '../transforms/types.ts'

/**
 * From a request's data to the model's inputs: N rows in, N rows out. The server and the browser run this same file, so it
 * imports nothing of Node. It is yours: generating again never overwrites it.
 *
 * The model takes the request's numbers as they are, so there is nothing to do. If yours was trained on scaled numbers:
 *
 *   const { measurements } = data
 *   const scaled = numbersOf(measurements).map((value, index) => (value - MEAN[index % 4]) / STD[index % 4])
 *   return { measurements: { ...measurements, data: Float32Array.from(scaled) } }
 */
export function preprocess(data: ModelInput): Tensors {
  return data
}
