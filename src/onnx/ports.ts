import type { Dtype } from '../words.ts'
import { elementTypeName, servedDtype } from './element-types.ts'
import type { ModelDim, ModelPort } from './facts.ts'
import type { GraphProto, TensorShapeProto, TypeProto, ValueInfoProto } from './onnx_pb.ts'

/**
 * What a caller must give, and the names of inputs that have a default in the model. Those are no inputs of the server:
 * onnxruntime-node does not take them. Before IR version 4 every weight had to be listed as an input: none of them is.
 */
export function listInputs(graph: GraphProto, irVersion: number): { required: ModelPort[]; optional: string[] } {
  const initialized = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.sparseInitializer.map(({ values }) => values?.name),
  ])
  const optional = irVersion < 4 ? [] : graph.input.filter(({ name }) => initialized.has(name))
  return {
    required: graph.input.filter(({ name }) => !initialized.has(name)).map(describePort),
    optional: optional.map(({ name }) => name),
  }
}

/** An input or output in our own words. */
export function describePort(value: ValueInfoProto): ModelPort {
  return {
    name: value.name,
    type: describeType(value.type),
    dtype: tensorDtype(value.type),
    shape: shapeOf(value.type),
  }
}

/** `float32` for a tensor, else the type spelt out: `sequence<map<int64, float32>>`, `optional<string>`. */
function describeType(type: TypeProto | undefined): string {
  switch (type?.value.case) {
    case 'tensorType':
      return elementTypeName(type.value.value.elemType)
    case 'sparseTensorType':
      return `sparse<${elementTypeName(type.value.value.elemType)}>`
    case 'sequenceType':
      return `sequence<${describeType(type.value.value.elemType)}>`
    case 'optionalType':
      return `optional<${describeType(type.value.value.elemType)}>`
    case 'mapType':
      return `map<${elementTypeName(type.value.value.keyType)}, ${describeType(type.value.value.valueType)}>`
    case 'opaqueType':
      return 'opaque'
    default:
      return 'undefined'
  }
}

function tensorDtype(type: TypeProto | undefined): Dtype | null {
  return type?.value.case === 'tensorType' ? servedDtype(type.value.value.elemType) : null
}

function shapeOf(type: TypeProto | undefined): ModelDim[] | null {
  if (type?.value.case !== 'tensorType') return null
  return type.value.value.shape?.dim.map(describeDim) ?? null
}

/** Some exporters write -1 or an empty name for a dim that they do not know. */
function describeDim({ value }: TensorShapeProto['dim'][number]): ModelDim {
  if (value.case === 'dimParam' && value.value !== '') return value.value
  if (value.case === 'dimValue' && value.value >= 0n) return Number(value.value)
  return null
}
