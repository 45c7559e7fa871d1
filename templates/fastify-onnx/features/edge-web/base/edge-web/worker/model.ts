import { contract } from '../../src/contract.ts'
import { postprocess } from '../../src/model/postprocess.ts'
import { preprocess } from '../../src/model/preprocess.ts'
import { decodeInputs } from '../../src/transforms/decode.ts'
import type { Image } from '../../src/transforms/image.ts'
import { concatRows, countRows, rowSpecs, sliceRows } from '../../src/transforms/rows.ts'
import type { Json, ModelInput, Prediction, Tensor, Tensors } from '../../src/transforms/types.ts'
import type { Session } from './session.ts'

/** What the server runs, file for file: the model's own pre- and postprocess, and the contract. */

export type Decoded = ModelInput | readonly Image[]

interface Steps {
  preprocess(input: Decoded): Tensors
  postprocess(outputs: Tensors): Prediction
}

/** `preprocess` takes images in some servers and tensors in others: which, decides what is decoded. */
export const steps: Steps = { preprocess, postprocess }

export const OUTPUTS = contract.outputs.map(({ name }) => name)
export const INPUTS = contract.inputs.map(({ name }) => name)

const SPECS = contract.rows ? rowSpecs(contract.inputs) : contract.inputs
const isOneByOne = contract.rows && [...contract.inputs, ...contract.outputs].some(({ shape }) => shape?.[0] === 1)

/** A request's `data`, checked as the server checks it. Throws InvalidInput. */
export function decodeData(data: Json): Tensors {
  return decodeInputs(data, SPECS)
}

/** Runs the model; rows one by one where it takes one at a time. */
export async function infer(session: Session, tensors: Tensors): Promise<Tensors> {
  if (!isOneByOne) return session.run(tensors, OUTPUTS)
  const parts: Tensors[] = []
  for (let row = 0; row < countRows(tensors); row += 1) {
    parts.push(
      await session.run(
        map(tensors, (tensor) => sliceRows(tensor, row, row + 1)),
        OUTPUTS,
      ),
    )
  }
  const [first, ...others] = parts
  if (first === undefined) return {}
  return map(first, (tensor, name) => concatRows([tensor, ...others.flatMap((part) => part[name] ?? [])]))
}

function map(tensors: Tensors, change: (tensor: Tensor, name: string) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor, name)]))
}
