import { elementBytes, elementTypeName } from './element-types.ts'
import type { ParameterFacts } from './facts.ts'
import type { ModelProto, SparseTensorProto, TensorProto } from './onnx_pb.ts'
import { scopesOf, tensorsOf } from './scopes.ts'

/**
 * Every tensor kept in the model, constants and subgraphs included. Sizes are dims times element size, so external
 * data counts and elided values need not be read; of sparse tensors what is stored. Weights that are node attributes
 * (tree ensembles, linear models of ai.onnx.ml) are no tensors and not in it.
 */
export function listParameters(model: ModelProto): ParameterFacts[] {
  const parameters: ParameterFacts[] = []
  for (const scope of scopesOf(model)) {
    for (const { name, tensor } of tensorsOf(scope)) parameters.push({ name, ...describe(tensor) })
  }
  return parameters
}

/** Bytes of a tensor's values. */
export function tensorBytes({ dims, dataType, stringData }: TensorProto): number {
  const strings = stringData.reduce((sum, text) => sum + text.length, 0)
  return strings + elementBytes(dataType, product(dims))
}

function describe(tensor: TensorProto | SparseTensorProto): Omit<ParameterFacts, 'name'> {
  const shape = tensor.dims.map(Number)
  if (tensor.$typeName === 'onnx.TensorProto') {
    return { type: elementTypeName(tensor.dataType), shape, bytes: tensorBytes(tensor) }
  }
  const bytes = [tensor.values, tensor.indices].reduce((sum, part) => sum + (part ? tensorBytes(part) : 0), 0)
  return { type: `sparse<${elementTypeName(tensor.values?.dataType ?? 0)}>`, shape, bytes }
}

function product(dims: readonly bigint[]): number {
  return dims.reduce((size, dim) => size * Math.max(0, Number(dim)), 1)
}
