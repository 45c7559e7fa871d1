import { type ClassLabel, columnLabelsOf, toLabel } from './class-labels.ts'
import { elementTypeName } from './element-types.ts'
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from './onnx_pb.ts'

/** What may stand between the labels and the output that answers them. */
const KEEPS_ELEMENTS = new Set(['Identity', 'Cast', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'])

/**
 * Class labels of a model whose scores say nothing of them, as skl2onnx writes most estimators without a ZipMap: those
 * of the node that gives the label output, beside one output of floats (N, labels), or (N, 1) with two labels. The node
 * is a classifier, or the ArrayFeatureExtractor that picks from the list of classes what an ArgMax found.
 */
export function readLabelOutput(graph: GraphProto): { output: string; labels: ClassLabel[] } | null {
  const [scores, another] = graph.output.filter((output) => elementTypeOf(output).startsWith('float'))
  if (!scores || another) return null
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)))
  for (const output of graph.output.filter((candidate) => candidate !== scores)) {
    const labels = labelsBehind(output.name, makers, graph)
    if (labels && hasColumns(scores, labels.length)) return { output: scores.name, labels }
  }
  return null
}

function labelsBehind(name: string, makers: ReadonlyMap<string, NodeProto>, graph: GraphProto): ClassLabel[] | null {
  let node = makers.get(name)
  while (node && KEEPS_ELEMENTS.has(node.opType)) node = makers.get(node.input[0] ?? '')
  if (node?.domain !== 'ai.onnx.ml') return null
  if (node.opType !== 'ArrayFeatureExtractor') return columnLabelsOf(node)
  const [list, index = ''] = node.input
  const classes = graph.initializer.find((tensor) => tensor.name === list)
  return classes && comesFromArgMax(index, makers) ? readLabels(classes) : null
}

function comesFromArgMax(name: string, makers: ReadonlyMap<string, NodeProto>): boolean {
  let node = makers.get(name)
  while (node && KEEPS_ELEMENTS.has(node.opType)) node = makers.get(node.input[0] ?? '')
  return node?.opType === 'ArgMax'
}

/** Null for other types; empty for a list that is so long that its values were stepped over. */
function readLabels({ dataType, rawData, stringData, int32Data, int64Data }: TensorProto): ClassLabel[] | null {
  const type = elementTypeName(dataType)
  const integers = rawData.length > 0 ? readRaw(rawData, type) : [...int64Data, ...int32Data.map(BigInt)]
  const labels: ClassLabel[] =
    type === 'string' ? stringData.map((bytes) => new TextDecoder().decode(bytes)) : integers.map(toLabel)
  return ['string', 'int32', 'int64'].includes(type) ? labels : null
}

/** Little-endian, wherever the file was written. */
function readRaw(bytes: Uint8Array, type: string): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = type === 'int32' ? 4 : 8
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    size === 4 ? BigInt(view.getInt32(index * size, true)) : view.getBigInt64(index * size, true),
  )
}

function hasColumns({ type }: ValueInfoProto, labels: number): boolean {
  const dim = type?.value.case === 'tensorType' ? type.value.value.shape?.dim : undefined
  const columns = dim?.[1]?.value
  if (dim?.length !== 2 || columns?.case !== 'dimValue') return false
  return columns.value === BigInt(labels) || (columns.value === 1n && labels === 2)
}

function elementTypeOf({ type }: ValueInfoProto): string {
  return type?.value.case === 'tensorType' ? elementTypeName(type.value.value.elemType) : ''
}
