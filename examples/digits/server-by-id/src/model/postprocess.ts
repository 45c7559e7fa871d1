import { softmax } from '../transforms/activation.ts'
import { select } from '../transforms/select.ts'
import type { Prediction, Tensors } from '../transforms/types.ts'

/**
 * From the model's outputs to what /predict answers: N rows in, N rows out. The server and the browser run this same file,
 * so it imports nothing of Node. It is yours: generating again never overwrites it.
 */
export function postprocess(outputs: Tensors): Prediction {
  return softmax(select(outputs, 'logits'))
}
