import { elementBytes, elementTypeName, FLOAT32 } from '../element-types.ts'
import type { GraphProto, TensorProto } from '../onnx_pb.ts'
import { channelAxis, WEIGHT_OPERATORS } from './channel-axis.ts'
import { findUses, type Use } from './uses.ts'

/** An initialiser that can be stored in fewer bytes. */
export interface Weight {
  readonly tensor: TensorProto
  /** The operator that reads it. */
  readonly operator: string
  readonly shape: readonly number[]
  /** Of its channels. */
  readonly axis: number
}

/** Floats that stay as they are. */
export interface Kept {
  readonly name: string
  readonly shape: readonly number[]
  readonly bytes: number
  readonly reason: string
}

/** What is left alone whatever reads it. */
export interface Limits {
  /** Inputs whose initialiser is a default that callers may replace. */
  readonly defaults: ReadonlySet<string>
  /** Tensors of fewer bytes. */
  readonly smallest: number
}

/** The weights among a graph's own initialisers (not those of the graphs in it), and the floats that are left, with the reason. */
export function findWeights(graph: GraphProto, limits: Limits): { weights: Weight[]; kept: Kept[] } {
  const uses = findUses(graph)
  const outputs = new Set(graph.output.map(({ name }) => name))
  const weights: Weight[] = []
  const kept: Kept[] = []
  for (const tensor of graph.initializer.filter((one) => bytesOf(one) >= limits.smallest)) {
    const found = outputs.has(tensor.name) ? 'is an output' : readWeight(tensor, uses.get(tensor.name) ?? [], limits)
    if (typeof found !== 'string') weights.push(found)
    else kept.push(keep(tensor, found))
  }
  return { weights, kept }
}

export function keep(tensor: TensorProto, reason: string): Kept {
  return { name: tensor.name, shape: shapeOf(tensor), bytes: bytesOf(tensor), reason }
}

/** The weight, or why it is none. */
function readWeight(tensor: TensorProto, uses: readonly Use[], { defaults }: Limits): Weight | string {
  const shape = shapeOf(tensor)
  for (const { node, input } of uses) {
    const axis = channelAxis(node, input, shape.length)
    if (axis === null) continue
    if (defaults.has(tensor.name)) return 'is the default of an input, which callers may give'
    if (tensor.dataType !== FLOAT32) return `is ${elementTypeName(tensor.dataType)}`
    return { tensor, operator: node.opType, shape, axis }
  }
  return `is no matrix of ${WEIGHT_OPERATORS}`
}

/** 0 for what are no floats: indices, shapes, codes. */
function bytesOf(tensor: TensorProto): number {
  if (!elementTypeName(tensor.dataType).startsWith('float')) return 0
  return elementBytes(
    tensor.dataType,
    shapeOf(tensor).reduce((size, dim) => size * dim, 1),
  )
}

function shapeOf({ dims }: TensorProto): number[] {
  return dims.map(Number)
}
