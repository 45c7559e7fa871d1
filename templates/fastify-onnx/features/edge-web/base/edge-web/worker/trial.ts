import { numbersOf } from '../../src/transforms/elements.ts'
import type { Tensor } from '../../src/transforms/types.ts'
import { loadGolden, type Vector } from '../golden.ts'
import { messageOf, Problem } from '../problem.ts'
import { expectedTensor, inputOf } from './check.ts'
import { infer, steps } from './model.ts'
import { decode } from './predict.ts'
import type { Session } from './session.ts'

/** A new model answers the first golden vector, or it is none: the same types and shapes, and numbers where there were numbers. */
export async function tryModel(session: Session): Promise<void> {
  const [vector] = (await loadGolden()).vectors
  if (!vector) return
  try {
    const outputs = await infer(session, steps.preprocess(await decode(await inputOf(vector))))
    const wrong = Object.entries(vector.outputs).find(([name, expected]) => !isLike(outputs[name], expected))
    if (wrong) throw new Error(`"${wrong[0]}" is not what the model gave before`)
  } catch (error) {
    throw new Problem({ code: 'operator', message: `The new model gives no good answer: ${messageOf(error)}` })
  }
}

function isLike(actual: Tensor | undefined, expected: Vector['outputs'][string]): boolean {
  if (actual?.dtype !== expected.dtype || actual.shape.join() !== expected.shape.join()) return false
  const former = expectedTensor(expected)
  if (former === null) return true
  return !numbersOf(actual).some((value, index) => Number.isNaN(value) && !Number.isNaN(numbersOf(former)[index]))
}
