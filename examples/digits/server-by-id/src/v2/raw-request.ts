import { sizeOf } from '../transforms/elements.ts'
import { InvalidInput } from '../transforms/errors.ts'
import { showShape } from '../transforms/shape.ts'
import type { TensorSpec } from '../transforms/types.ts'
import { bytesPerElement } from '../transforms/views.ts'
import { DATATYPES } from './datatypes.ts'
import type { Message } from './message.ts'
import type { InferRequest } from './schema.ts'

/**
 * A body without any JSON (Inference-Header-Content-Length: 0) is the model's one input, and all outputs are answered as
 * binary. Its shape is told from the number of bytes: one dimension at most may vary. Of strings, it is the one element.
 * Throws InvalidInput.
 */
export function readRawRequest(body: Buffer, specs: readonly TensorSpec[]): Message & { readonly json: InferRequest } {
  const [spec] = specs
  if (!spec || specs.length !== 1) throw refuse(`the model has ${specs.length} inputs`)
  const { name, dtype } = spec
  const binary = dtype === 'string' ? withLength(body) : body
  const count = dtype === 'string' ? 1 : body.length / bytesPerElement(dtype)
  const input = {
    name,
    shape: deduceShape(spec, count),
    datatype: DATATYPES[dtype],
    parameters: { binary_data_size: binary.length },
  }
  return { json: { inputs: [input], parameters: { binary_data_output: true } }, binary }
}

function deduceShape(spec: TensorSpec, count: number): number[] {
  const dims = spec.shape ?? []
  const fixed = dims.filter((dim) => typeof dim === 'number')
  if (spec.shape === null || dims.length - fixed.length > 1) {
    throw refuse(`"${spec.name}" is ${showShape(spec.shape)}, where more than one dimension varies`)
  }
  const free = count / sizeOf(fixed)
  if (!Number.isInteger(free)) {
    throw refuse(`the body is no whole number of rows: "${spec.name}" is ${spec.dtype} ${showShape(spec.shape)}`)
  }
  return dims.map((dim) => (typeof dim === 'number' ? dim : free))
}

/** A string among binary tensors has its length in front: 4 bytes, little-endian. */
function withLength(text: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text])
}

function refuse(reason: string): InvalidInput {
  return new InvalidInput({ pointer: '', detail: `the body cannot be one tensor without JSON: ${reason}` })
}
