import { elementReader } from '../transforms/elements.ts'
import type { Json, Tensor, Tensors } from '../transforms/types.ts'
import { tensorToBytes } from './binary.ts'
import { DATATYPES } from './datatypes.ts'
import type { WantedOutput } from './outputs.ts'
import type { InferResponse } from './schema.ts'

export interface WrittenResponse {
  readonly body: Buffer
  /** Bytes of JSON at the front of `body`, where binary tensors follow it. */
  readonly headerLength?: number
}

export interface InferResult {
  readonly model: string
  readonly id: string
  readonly outputs: Tensors
  readonly wanted: readonly WantedOutput[]
}

/** The body of the answer: JSON, and behind it the tensors that were wanted as binary. These are copied once, into it. */
export function writeResponse({ model, id, outputs, wanted }: InferResult): WrittenResponse {
  const binary: Buffer[] = []
  const written = wanted.map(({ name, binary: asBinary }) => {
    const tensor = outputs[name]
    if (tensor === undefined) throw new Error(`no output "${name}"`)
    const head = { name, datatype: DATATYPES[tensor.dtype], shape: [...tensor.shape] }
    if (!asBinary) return { ...head, data: flatData(tensor) }
    const bytes = tensorToBytes(tensor)
    binary.push(bytes)
    return { ...head, parameters: { binary_data_size: bytes.length } }
  })
  const response: InferResponse = { model_name: model, id, outputs: written }
  const json = Buffer.from(JSON.stringify(response))
  return binary.length === 0 ? { body: json } : { body: Buffer.concat([json, ...binary]), headerLength: json.length }
}

/** Row-major. As /predict has them: what JSON has no number for is a string. */
function flatData(tensor: Tensor): Json[] {
  const read = elementReader(tensor)
  return Array.from({ length: tensor.data.length }, (_, index) => read(index))
}
