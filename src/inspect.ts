import { CreateError } from './errors.ts'
import type { ModelFacts, ParameterFacts } from './onnx/facts.ts'
import { readModel } from './onnx/read-model.ts'

/** What `inspect` says of a model file: ModelFacts without the bytes, the largest tensors only. */
export interface Inspection extends Omit<ModelFacts, 'content' | 'parameters' | 'externalData'> {
  readonly file: string
  readonly parameterCount: number
  readonly largest: readonly ParameterFacts[]
  readonly externalData: readonly string[]
}

const LARGEST = 5

/**
 * Reads a model file as it would be stored (ZipMap stripped), without running it.
 * @throws CreateError as `readModel` does.
 */
export async function inspect(file: string): Promise<Inspection> {
  if (file === '')
    throw new CreateError('usage', 'Which model?', { hint: 'create-inference-server inspect model.onnx' })
  const { content: _bytes, parameters, ...facts } = await readModel(file)
  const bySize = parameters.toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
  return { file, ...facts, parameterCount: parameters.length, largest: bySize.slice(0, LARGEST) }
}
