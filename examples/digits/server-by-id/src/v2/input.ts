import { decodeTensor } from '../transforms/decode.ts'
import { CODECS, describe, Refusal, sizeOf } from '../transforms/elements.ts'
import { extendPointer, InvalidInput } from '../transforms/errors.ts'
import type { Tensor, TensorSpec } from '../transforms/types.ts'
import { tensorFromBytes } from './binary.ts'
import { DATATYPES } from './datatypes.ts'
import type { RequestInput } from './schema.ts'

/** `input.data` as the tensor of `input.shape`, which fits `spec`: flat, or nested as the shape. Throws InvalidInput. */
export function readData(input: RequestInput, spec: TensorSpec, pointer: string): Tensor {
  assertDatatype(input, spec, pointer)
  if (spec.dtype === 'float16') {
    const detail = `FP16 is not sent as JSON: send "${spec.name}" as binary data`
    throw new InvalidInput({ pointer: `${pointer}/data`, detail })
  }
  const { data, shape } = input
  if (isFlat(data)) return readFlat(data, { ...spec, shape }, `${pointer}/data`)
  return decodeTensor(data, { ...spec, shape }, { pointer: `${pointer}/data`, bindings: new Map() })
}

/** The same of the bytes behind the JSON. Throws InvalidInput. */
export function readBytes(bytes: Uint8Array, input: RequestInput, spec: TensorSpec, pointer: string): Tensor {
  assertDatatype(input, spec, pointer)
  if (input.data !== undefined) {
    throw new InvalidInput({ pointer, detail: 'an input has data or binary_data_size, not both' })
  }
  try {
    return tensorFromBytes(bytes, spec.dtype, input.shape)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new InvalidInput({ pointer, detail: error.message })
  }
}

/** Throws InvalidInput. */
export function assertDatatype(
  { datatype }: Pick<RequestInput, 'datatype'>,
  { name, dtype }: TensorSpec,
  pointer: string,
): void {
  if (datatype === DATATYPES[dtype]) return
  const detail = `"${name}" is ${DATATYPES[dtype]}, got ${describe(datatype)}`
  throw new InvalidInput({ pointer: `${pointer}/datatype`, detail })
}

/** One array tells by its first element; an empty one is both. */
function isFlat(data: unknown): data is readonly unknown[] {
  return Array.isArray(data) && !Array.isArray(data[0])
}

function readFlat(
  data: readonly unknown[],
  { dtype, shape }: TensorSpec & { shape: readonly number[] },
  pointer: string,
): Tensor {
  const count = sizeOf(shape)
  if (data.length !== count) {
    throw new InvalidInput({ pointer, detail: `[${shape.join(', ')}] is ${count} elements, got ${data.length}` })
  }
  try {
    return CODECS[dtype].decode(shape, (put) => data.forEach(put))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new InvalidInput({ pointer: extendPointer(pointer, error.index), detail: error.message })
  }
}
