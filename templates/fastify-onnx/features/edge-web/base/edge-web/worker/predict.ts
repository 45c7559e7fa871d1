import { contract } from '../../src/contract.ts'
import { elementReader } from '../../src/transforms/elements.ts'
import { isTensor } from '../../src/transforms/encode.ts'
import { InvalidInput } from '../../src/transforms/errors.ts'
import { topLabels } from '../../src/transforms/labels.ts'
import type { Json, Prediction, Tensor } from '../../src/transforms/types.ts'
import type { Input, Outcome, Ranked, Shown } from '../messages.ts'
import { Problem } from '../problem.ts'
import { decodeImage } from './image.ts'
import { type Decoded, decodeData, infer, steps } from './model.ts'
import type { Session } from './session.ts'

/** How many labels of a row are shown. */
const TOP = 5
/** How many elements of a tensor are shown. */
const ELEMENTS = 24

/** An input to what is shown of the answer, with the time that each stage took. Throws Problem. */
export async function predict(session: Session, input: Input): Promise<Outcome> {
  try {
    const start = performance.now()
    const decoded = await decode(input)
    const hasDecoded = performance.now()
    const tensors = steps.preprocess(decoded)
    const hasPreprocessed = performance.now()
    const outputs = await infer(session, tensors)
    const hasInferred = performance.now()
    const prediction = steps.postprocess(outputs)
    const rankings = rank(prediction)
    const end = performance.now()
    return {
      rankings,
      values: show(prediction),
      stages: {
        decode: hasDecoded - start,
        preprocess: hasPreprocessed - hasDecoded,
        inference: hasInferred - hasPreprocessed,
        postprocess: end - hasInferred,
      },
    }
  } catch (error) {
    throw error instanceof InvalidInput ? refused(error) : error
  }
}

export async function decode(input: Input): Promise<Decoded> {
  return input.kind === 'image' ? [await decodeImage(input.image)] : decodeData(input.data)
}

function refused({ faults }: InvalidInput): Problem {
  return new Problem({
    code: 'input',
    message: faults.map(({ detail }) => detail).join('; '),
    hint: 'Change the values.',
    pointers: faults.map(({ pointer }) => pointer),
  })
}

/** The best labels of each row; null where there are none. */
export function rank(prediction: Prediction, count = TOP): Ranked[][] | null {
  if (contract.task !== 'classification' || !isTensor(prediction)) return null
  const classes = Math.max(contract.labels?.length ?? 0, prediction.shape.at(-1) ?? 1)
  return topLabels(prediction, contract, Math.min(count, classes)).map((row) => listOf(row).map(toRanked))
}

function listOf(row: Json): readonly Json[] {
  return Array.isArray(row) ? row : []
}

function toRanked(entry: Json): Ranked {
  const { label, score } = Object(entry)
  return { label: String(label), score: Number(score) }
}

function show(prediction: Prediction): Shown[] {
  if (isTensor(prediction)) return [showTensor(contract.predict.output ?? '', prediction)]
  return Object.entries(prediction).map(([name, tensor]) => showTensor(name, tensor))
}

function showTensor(name: string, tensor: Tensor): Shown {
  const read = elementReader(tensor)
  const count = Math.min(tensor.data.length, ELEMENTS)
  const elements = Array.from({ length: count }, (_, index) => read(index))
  return { name, dtype: tensor.dtype, shape: tensor.shape, elements }
}
