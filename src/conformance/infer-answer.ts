import type { Answer } from './client.ts'
import { parseElement } from './datatypes.ts'
import { HEADER_LENGTH } from './infer-request.ts'
import { Mismatch } from './mismatch.ts'
import { describeAnswer, InferResponse, type ModelMetadata, readJson } from './protocol.ts'
import { countElements, findDifference, fromBytes, mayBeAnyRank, type Tensor } from './tensor.ts'

/** An infer answer, read and checked. */
export interface Inferred {
  readonly id: string | undefined
  readonly outputs: readonly OutputTensor[]
}

export interface OutputTensor extends Tensor {
  /** It came as bytes behind the JSON. */
  readonly binary: boolean
}

/**
 * The answer to an infer request that is right: 200, the form of the protocol, the outputs `names` (all of the model by
 * default) with the datatypes and shapes that the metadata say, and as many elements. Throws Mismatch.
 */
export function readInferred(answer: Answer, model: ModelMetadata, names?: readonly string[]): Inferred {
  if (answer.status !== 200) throw new Mismatch('200', describeAnswer(answer))
  const { json, binary } = splitAnswer(answer)
  const { id, model_name, outputs } = readJson(json, InferResponse, 'the inference response object')
  if (model_name !== model.name) throw new Mismatch(`model_name "${model.name}"`, `"${model_name}"`)
  const tensors = readOutputs(outputs, binary)
  const wanted = (names ?? model.outputs.map(({ name }) => name)).toSorted()
  const got = tensors.map(({ name }) => name).toSorted()
  if (wanted.join() !== got.join()) throw new Mismatch(`the outputs ${wanted.join(', ')}`, got.join(', ') || 'none')
  for (const tensor of tensors) checkOutput(tensor, model)
  return { id, outputs: tensors }
}

/** The JSON in front and the tensors behind it; without the header, all is JSON. Throws Mismatch. */
function splitAnswer({ body, headers }: Answer): { json: Buffer; binary: Buffer } {
  const header = headers[HEADER_LENGTH]?.toString()
  if (header === undefined) return { json: body, binary: body.subarray(body.length) }
  const length = Number(header)
  if (!/^\d+$/.test(header) || length > body.length)
    throw new Mismatch(`Inference-Header-Content-Length of at most ${body.length}`, header)
  return { json: body.subarray(0, length), binary: body.subarray(length) }
}

function readOutputs(outputs: InferResponse['outputs'], binary: Buffer): OutputTensor[] {
  let offset = 0
  const tensors = outputs.map((output): OutputTensor => {
    const { name, datatype, shape } = output
    const size = output.parameters?.binary_data_size
    if (size === undefined) return { name, datatype, shape, elements: readData(output), binary: false }
    if (typeof size !== 'number' || offset + size > binary.length)
      throw new Mismatch(`binary_data_size of "${name}" within ${binary.length - offset} bytes`, String(size))
    const elements = fromBytes(binary.subarray(offset, offset + size), datatype)
    if (elements === undefined) throw new Mismatch(`whole elements of ${datatype}`, `${size} bytes`)
    offset += size
    return { name, datatype, shape, elements, binary: true }
  })
  if (offset === binary.length) return tensors
  throw new Mismatch('as many bytes as binary_data_size say', `${binary.length - offset} more`)
}

function readData({ name, datatype, data }: InferResponse['outputs'][number]) {
  if (data === undefined) throw new Mismatch(`data of "${name}"`, 'neither data nor binary_data_size')
  const flat: readonly unknown[] = data.flat(Number.POSITIVE_INFINITY)
  return flat.map((json, index) => {
    const element = parseElement(json, datatype)
    if (element !== undefined) return element
    throw new Mismatch(`elements of ${datatype} in "${name}"`, `${JSON.stringify(json)} as element ${index}`)
  })
}

function checkOutput({ name, datatype, shape, elements }: OutputTensor, model: ModelMetadata): void {
  const declared = model.outputs.find((output) => output.name === name)
  if (declared && declared.datatype !== datatype) throw new Mismatch(`"${name}" as ${declared.datatype}`, datatype)
  if (declared && !fits(shape, declared.shape)) throw new Mismatch(`"${name}" of [${declared.shape}]`, `[${shape}]`)
  const count = countElements(shape)
  if (elements.length !== count) throw new Mismatch(`${count} elements in "${name}"`, String(elements.length))
}

function fits(shape: readonly number[], declared: readonly number[]): boolean {
  if (mayBeAnyRank(declared)) return true
  return shape.length === declared.length && declared.every((size, axis) => size === -1 || size === shape[axis])
}

/** All outputs as they are expected, in whatever order. Throws Mismatch. */
export function expectOutputs(got: Inferred, expected: readonly Tensor[]): void {
  for (const tensor of expected) {
    const actual = got.outputs.find(({ name }) => name === tensor.name)
    if (actual === undefined) throw new Mismatch(`the output "${tensor.name}"`, 'none')
    const difference = findDifference(tensor, actual)
    if (difference) throw new Mismatch(difference.expected, difference.got)
  }
}
