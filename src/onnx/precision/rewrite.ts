import { create } from '@bufbuild/protobuf'
import { FLOAT32 } from '../element-types.ts'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../onnx_pb.ts'
import { declareInput } from './declare.ts'
import type { SmallPrecision, Stored } from './store.ts'

/** AttributeProto.AttributeType */
const INT = 2

/** One weight of a graph, and what stands for it from now on. */
export interface Replacement {
  readonly tensor: TensorProto
  readonly precision: SmallPrecision
  readonly stored: Stored
}

/**
 * Puts a smaller tensor, under a name of its own, in the place of a weight, and computes the weight's old name from it before
 * all other nodes. Whoever reads that name, from within a branch or body too, need not be touched.
 */
export function replaceWeight(graph: GraphProto, replacement: Replacement, fresh: (wanted: string) => string): void {
  const { tensor, precision, stored } = replacement
  const small = smallTensor(tensor, stored, fresh(`${tensor.name}_${precision}`))
  const scale = stored.scale && floatTensor(stored.scale, fresh(`${tensor.name}_scale`))
  const added = scale ? [small, scale] : [small]
  graph.initializer.splice(graph.initializer.indexOf(tensor), 1, ...added)
  replaceInput(graph, tensor.name, added)
  graph.node.unshift(...restoringNodes({ weight: tensor.name, small: small.name, scale: scale?.name }, fresh))
}

/** Fields that we do not know stay. */
function smallTensor(tensor: TensorProto, { dataType, rawData }: Stored, name: string): TensorProto {
  const small = create(TensorProtoSchema, { name, dims: tensor.dims, dataType, rawData })
  if (tensor.$unknown) small.$unknown = tensor.$unknown
  return small
}

function floatTensor({ dims, rawData }: NonNullable<Stored['scale']>, name: string): TensorProto {
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: FLOAT32, rawData })
}

/** Before IR version 4 every initialiser is declared as an input: the new ones take the place of the old one. */
function replaceInput(graph: GraphProto, name: string, added: readonly TensorProto[]): void {
  const index = graph.input.findIndex((input) => input.name === name)
  if (index >= 0) graph.input.splice(index, 1, ...added.map(declareInput))
}

interface Names {
  readonly weight: string
  readonly small: string
  readonly scale: string | undefined
}

/** Every runtime computes them once, when it loads the model: they read constants only. */
function restoringNodes({ weight, small, scale }: Names, fresh: (wanted: string) => string): NodeProto[] {
  const floats = scale === undefined ? weight : fresh(`${weight}_codes`)
  const cast = create(NodeProtoSchema, {
    name: fresh(`${weight}_Cast`),
    opType: 'Cast',
    input: [small],
    output: [floats],
    attribute: [toFloat()],
  })
  if (scale === undefined) return [cast]
  const name = fresh(`${weight}_Mul`)
  return [cast, create(NodeProtoSchema, { name, opType: 'Mul', input: [floats, scale], output: [weight] })]
}

function toFloat(): AttributeProto {
  return create(AttributeProtoSchema, { name: 'to', type: INT, i: BigInt(FLOAT32) })
}
