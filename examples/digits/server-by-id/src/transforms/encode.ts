import { elementReader } from './elements.ts'
import type { Json, Prediction, Tensor } from './types.ts'

/** A tensor as nested arrays of its actual shape (not the declared one); a scalar as its one element. */
export function encodeTensor(tensor: Tensor): Json {
  const { shape } = tensor
  const read = elementReader(tensor)
  let next = 0

  // A loop that pushes, as this runs for every row of every answer.
  function level(axis: number): Json {
    const size = shape[axis]
    if (size === undefined) return read(next++)
    const items: Json[] = []
    for (let index = 0; index < size; index += 1) items.push(level(axis + 1))
    return items
  }
  return level(0)
}

/** What /predict answers: one tensor through `toJson`, several as an object of them by name. */
export function encodePrediction(prediction: Prediction, toJson: (tensor: Tensor) => Json = encodeTensor): Json {
  if (isTensor(prediction)) return toJson(prediction)
  return Object.fromEntries(Object.entries(prediction).map(([name, tensor]) => [name, toJson(tensor)]))
}

/** Tells one tensor from several by name: the dtype of a tensor is a word, an entry called "dtype" is a tensor. */
export function isTensor(prediction: Prediction): prediction is Tensor {
  return typeof prediction.dtype === 'string'
}
