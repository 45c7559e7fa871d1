import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Tensors } from '../transforms/types.ts'
import { tensorToBytes } from '../v2/binary.ts'
import { DATATYPES } from '../v2/datatypes.ts'
import { writeContents } from './contents.ts'
import type { ModelInferResponseSchema } from './open_inference_pb.ts'

type Response = MessageInitShape<typeof ModelInferResponseSchema>

/** The outputs of an answer: all of them raw, or all in the fields of their types. */
export function writeOutputs(tensors: Tensors, wanted: readonly string[], raw: boolean): Response {
  const rawOutputContents: Uint8Array[] = []
  const outputs = wanted.map((name) => {
    const tensor = tensors[name]
    if (tensor === undefined) throw new Error(`no output "${name}"`)
    const head = { name, datatype: DATATYPES[tensor.dtype], shape: tensor.shape.map(BigInt) }
    if (!raw) return { ...head, contents: writeContents(tensor) }
    rawOutputContents.push(tensorToBytes(tensor))
    return head
  })
  return { outputs, rawOutputContents }
}
