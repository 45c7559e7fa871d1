import { extendPointer, type Fault, InvalidInput } from '../transforms/errors.ts'
import { countRows, rowSpecs } from '../transforms/rows.ts'
import type { Bindings } from '../transforms/shape.ts'
import type { Contract, Tensor, TensorSpec, Tensors } from '../transforms/types.ts'
import { readBytes, readData } from './input.ts'
import type { RequestInput } from './schema.ts'
import { assertShape } from './shape.ts'

export interface AcceptedInputs {
  readonly specs: readonly TensorSpec[]
  readonly rows: boolean
}

/** What V2 takes: the raw model's inputs; with rows, a leading 1 is any number of them. */
export function acceptedInputs({ inputs, rows }: Contract): AcceptedInputs {
  return { specs: rows ? rowSpecs(inputs) : inputs, rows }
}

/**
 * The tensors of a request, all that the model declares checked: nothing else may reach a batch. Those with
 * `binary_data_size` lie in `binary`, one behind the other in the order of `inputs`. Throws InvalidInput.
 */
export function readInputs(inputs: readonly RequestInput[], binary: Buffer, accepted: AcceptedInputs): Tensors {
  let offset = 0
  const tensors = readEach(inputs, accepted, (input, spec, pointer) => {
    const size = input.parameters?.binary_data_size
    if (size === undefined) return readData(input, spec, pointer)
    const bytes = takeBytes(binary, offset, size, pointer)
    offset += bytes.length
    return readBytes(bytes, input, spec, pointer)
  })
  if (offset !== binary.length) {
    const detail = `${binary.length} bytes follow the JSON, and its binary_data_size are ${offset} together`
    throw new InvalidInput({ pointer: '/inputs', detail })
  }
  return tensors
}

/** The same, whatever the form in which the elements come: `read` makes the tensor of an input whose name and shape fit. */
export function readEach<Input extends Pick<RequestInput, 'name' | 'shape'>>(
  inputs: readonly Input[],
  { specs, rows }: AcceptedInputs,
  read: (input: Input, spec: TensorSpec, pointer: string) => Tensor,
): Tensors {
  const bindings: Bindings = new Map()
  const entries = matchNames(inputs, specs).map(([input, spec], index): [string, Tensor] => {
    const pointer = `/inputs/${index}`
    assertShape(input.shape, spec, { pointer: `${pointer}/shape`, bindings })
    return [spec.name, read(input, spec, pointer)]
  })
  const tensors = Object.fromEntries(entries)
  if (rows) countRows(tensors, '/inputs')
  return tensors
}

function takeBytes(binary: Buffer, start: number, size: unknown, pointer: string): Buffer {
  const fail = (detail: string) => new InvalidInput({ pointer: `${pointer}/parameters/binary_data_size`, detail })
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw fail('must be a number of bytes')
  const left = binary.length - start
  if (size > left) throw fail(`${size} bytes are announced, and ${left} are left`)
  return binary.subarray(start, start + size)
}

/** Each input with its spec: every one of the model's, once, and no other. */
function matchNames<Input extends Pick<RequestInput, 'name'>>(
  inputs: readonly Input[],
  specs: readonly TensorSpec[],
): readonly (readonly [Input, TensorSpec])[] {
  const missing = new Map(specs.map((spec) => [spec.name, spec]))
  const faults: Fault[] = []
  const matched = inputs.flatMap((input, index) => {
    const spec = missing.get(input.name)
    if (missing.delete(input.name) && spec) return [[input, spec] as const]
    const known = specs.some(({ name }) => name === input.name)
    const detail = known ? 'this input is given twice' : `the model has no input "${input.name}"`
    faults.push({ pointer: extendPointer('/inputs', index, 'name'), detail })
    return []
  })
  for (const name of missing.keys())
    faults.push({ pointer: '/inputs', detail: `the model's input "${name}" is missing` })
  const [first, ...others] = faults
  if (first) throw new InvalidInput(first, ...others)
  return matched
}
