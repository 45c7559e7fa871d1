import { rowSpecs } from '../transforms/rows.ts'
import type { Contract, TensorSpec } from '../transforms/types.ts'
import { DATATYPES } from './datatypes.ts'

export function serverMetadata({ name, template }: Contract) {
  return { name, version: template.version, extensions: ['binary_tensor_data'] }
}

/** The model's own inputs and outputs: what /predict makes of them is not seen here. */
export function modelMetadata({ name, inputs, outputs, rows }: Contract) {
  const describe = (specs: readonly TensorSpec[]) => (rows ? rowSpecs(specs) : specs).map(tensorMetadata)
  return { name, platform: 'onnx_onnxv1', inputs: describe(inputs), outputs: describe(outputs) }
}

/** -1 is a size that may vary; an undeclared rank, which the protocol has no word for, is one of these. */
function tensorMetadata({ name, dtype, shape }: TensorSpec) {
  const sizes = shape?.map((dim) => (typeof dim === 'number' ? dim : -1)) ?? [-1]
  return { name, datatype: DATATYPES[dtype], shape: sizes }
}
