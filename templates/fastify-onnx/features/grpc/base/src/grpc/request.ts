import { InvalidInput } from '../transforms/errors.ts'
import type { Tensor, TensorSpec, Tensors } from '../transforms/types.ts'
import { assertDatatype, readBytes } from '../v2/input.ts'
import { type AcceptedInputs, readEach } from '../v2/inputs.ts'
import { readOutputs } from '../v2/outputs.ts'
import type { Parameters } from '../v2/schema.ts'
import { readContents } from './contents.ts'
import type { InferParameter, InferTensorContents, ModelInferRequest } from './open_inference_pb.ts'

/** An input and where its elements are: in one of the two. */
interface Input {
  readonly name: string
  readonly datatype: string
  readonly shape: number[]
  readonly contents: InferTensorContents | undefined
  readonly raw: Uint8Array | undefined
}

/** So many inputs that the model does not have are named, each of them; a message of 1 MiB has room for half a million. */
const MAX_SURPLUS = 100

/** The tensors of a request, checked as those of HTTP are. Raw contents are not copied where they can be used in place. Throws InvalidInput. */
export function readTensors({ inputs, rawInputContents: raw }: ModelInferRequest, accepted: AcceptedInputs): Tensors {
  if (raw.length > 0 && raw.length !== inputs.length) {
    const detail = `${raw.length} raw contents for ${inputs.length} inputs`
    throw new InvalidInput({ pointer: '/raw_input_contents', detail })
  }
  if (inputs.length > accepted.specs.length + MAX_SURPLUS) {
    const detail = `${inputs.length} inputs, and the model has ${accepted.specs.length}`
    throw new InvalidInput({ pointer: '/inputs', detail })
  }
  const all = inputs.map(({ name, datatype, shape, contents }, index): Input => {
    const sizes = shape.map((size) => readSize(size, `/inputs/${index}/shape`))
    return { name, datatype, shape: sizes, contents, raw: raw[index] }
  })
  return readEach(all, accepted, readInput)
}

function readInput({ contents, raw, ...input }: Input, spec: TensorSpec, pointer: string): Tensor {
  if (raw === undefined) {
    assertDatatype(input, spec, pointer)
    return readContents(contents, { spec, shape: input.shape, pointer: `${pointer}/contents` })
  }
  if (contents === undefined) return readBytes(raw, input, spec, pointer)
  throw new InvalidInput({ pointer, detail: 'contents and raw_input_contents do not go together' })
}

function readSize(size: bigint, pointer: string): number {
  if (size >= 0n && size <= Number.MAX_SAFE_INTEGER) return Number(size)
  throw new InvalidInput({ pointer, detail: `${size} is no size of a tensor` })
}

/** The outputs that a request names, in its order, else all of the model. Throws InvalidInput. */
export function wantedOutputs({ outputs }: ModelInferRequest, specs: readonly TensorSpec[]): readonly string[] {
  const requested = outputs.map(({ name, parameters }) => ({ name, parameters: readParameters(parameters) }))
  // FP16 can be asked for: it goes raw.
  const request = { inputs: [], outputs: requested, parameters: { binary_data_output: true } }
  return readOutputs(request, specs).map(({ name }) => name)
}

function readParameters(parameters: Readonly<Record<string, InferParameter>>): Parameters {
  const values = Object.entries(parameters).map(([name, { parameterChoice }]) => [name, plain(parameterChoice.value)])
  return Object.fromEntries(values)
}

/** As JSON would have it. */
function plain(value: bigint | string | number | boolean = ''): string | number | boolean {
  return typeof value === 'bigint' ? Number(value) : value
}

/** As it was asked; FP16 has no other form. */
export function answersRaw(
  { inputs, rawInputContents: raw }: ModelInferRequest,
  wanted: readonly string[],
  specs: readonly TensorSpec[],
): boolean {
  if (raw.length > 0 || inputs.length === 0) return true
  return specs.some(({ name, dtype }) => dtype === 'float16' && wanted.includes(name))
}
