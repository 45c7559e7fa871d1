import { create, toBinary } from '@bufbuild/protobuf'
import { CreateError, type Issue } from '../errors.ts'
import {
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts'
import { scopesOf } from './scopes.ts'
import type { Edit } from './segments.ts'
import type { Skimmed } from './skim.ts'
import { encodePrefix, type Span } from './wire.ts'
import { tensorOutput } from './zipmap-output.ts'

const GRAPH_FIELD = 7
const OUTPUT_FIELD = 12

/** A ZipMap that was taken out: the graph's output, the tensor that stands there now, and the node with the labels. */
export interface StrippedZipMap {
  readonly output: string
  readonly tensor: string
  readonly node: NodeProto
}

/** The graph without its ZipMaps, and the edits of the file that take them out. */
export interface Stripped {
  readonly graph: GraphProto
  readonly edits: readonly Edit[]
  readonly zipMaps: readonly StrippedZipMap[]
}

/**
 * skl2onnx ends a classifier in ZipMap, whose sequence of maps neither onnxruntime-node nor a tensor protocol can
 * answer: its input, a float tensor (N, classes), becomes the output. Throws `invalid` for a ZipMap in another place.
 */
export function stripZipMap(path: string, skimmed: Skimmed): Stripped {
  const zipMaps = findZipMaps(skimmed.graph)
  refuseOthers(path, skimmed, zipMaps)
  if (zipMaps.length === 0) return { graph: skimmed.graph, edits: [], zipMaps }
  const outputs = replaceOutputs(skimmed.graph, zipMaps)
  return { graph: editGraph(skimmed.graph, zipMaps, outputs), edits: editFile(skimmed, zipMaps, outputs), zipMaps }
}

/** Those whose result is an output of the graph. */
function findZipMaps(graph: GraphProto): StrippedZipMap[] {
  const outputs = new Set(graph.output.map(({ name }) => name))
  return graph.node.filter(isZipMap).flatMap((node) => {
    const [tensor] = node.input
    const [output] = node.output
    return tensor && output && outputs.has(output) ? [{ output, tensor, node }] : []
  })
}

function isZipMap(node: NodeProto): boolean {
  return node.opType === 'ZipMap' && node.domain === 'ai.onnx.ml'
}

/** What becomes of each output: itself, a tensor in its place, or null when that tensor is an output already. */
function replaceOutputs(graph: GraphProto, zipMaps: readonly StrippedZipMap[]): (ValueInfoProto | null)[] {
  const present = new Set(graph.output.map(({ name }) => name))
  return graph.output.map((output) => {
    const zipMap = zipMaps.find((candidate) => candidate.output === output.name)
    if (!zipMap) return output
    if (present.has(zipMap.tensor)) return null
    present.add(zipMap.tensor)
    return tensorOutput(graph, zipMap)
  })
}

function editGraph(
  graph: GraphProto,
  zipMaps: readonly StrippedZipMap[],
  outputs: readonly (ValueInfoProto | null)[],
): GraphProto {
  const { name, initializer, sparseInitializer, input } = graph
  return create(GraphProtoSchema, {
    name,
    initializer,
    sparseInitializer,
    input,
    node: graph.node.filter((node) => !zipMaps.some((zipMap) => zipMap.node === node)),
    output: outputs.filter((output) => output !== null),
    valueInfo: graph.valueInfo.filter((value) => !zipMaps.some(({ tensor }) => tensor === value.name)),
  })
}

/** The same as byte ranges: whatever is not a ZipMap, its output or the declaration of its tensor keeps its bytes. */
function editFile(
  { graph, graphSpan, nodes, outputs: outputSpans, valueInfos }: Skimmed,
  zipMaps: readonly StrippedZipMap[],
  outputs: readonly (ValueInfoProto | null)[],
): Edit[] {
  const edits: Edit[] = []
  const replace = (span: Span | undefined, bytes: readonly number[]) => {
    if (span) edits.push({ start: span.start, end: span.end, bytes: Uint8Array.from(bytes) })
  }
  for (const { node } of zipMaps) replace(nodes[graph.node.indexOf(node)], [])
  outputs.forEach((output, index) => {
    if (output === null) replace(outputSpans[index], [])
    else if (output !== graph.output[index]) replace(outputSpans[index], encodeOutput(output))
  })
  graph.valueInfo.forEach((value, index) => {
    if (zipMaps.some(({ tensor }) => tensor === value.name)) replace(valueInfos[index], [])
  })
  return [relength(graphSpan, edits), ...edits]
}

function encodeOutput(output: ValueInfoProto): number[] {
  const body = toBinary(ValueInfoProtoSchema, output)
  return [...encodePrefix(OUTPUT_FIELD, body.length), ...body]
}

/** The length in front of the graph, written anew for what the edits in it change. */
function relength(graph: Span, edits: readonly Edit[]): Edit {
  const change = edits.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0)
  const prefix = encodePrefix(GRAPH_FIELD, graph.end - graph.payload + change)
  return { start: graph.start, end: graph.payload, bytes: Uint8Array.from(prefix) }
}

/** ZipMaps in subgraphs and local functions, unused ones, and those whose maps go on to other nodes. */
function refuseOthers(path: string, { model }: Skimmed, zipMaps: readonly StrippedZipMap[]): void {
  const stripped = new Set(zipMaps.map(({ node }) => node))
  const results = new Set(zipMaps.map(({ output }) => output))
  const issues: Issue[] = []
  for (const { nodes, place } of scopesOf(model)) {
    for (const node of nodes) {
      if (isZipMap(node) && !stripped.has(node)) {
        issues.push({ file: path, message: `ZipMap "${node.name || node.output[0]}" is in ${place}` })
      }
      for (const name of node.input) {
        if (results.has(name)) issues.push({ file: path, message: `the ZipMap of "${name}" feeds a ${node.opType}` })
      }
    }
  }
  if (issues.length === 0) return
  const why = 'it is not the last node before an output of the main graph'
  throw new CreateError('invalid', `${path} holds a ZipMap that cannot be taken out: ${why}.`, {
    hint: "Convert the model without it: to_onnx(..., options={'zipmap': False}).",
    issues,
  })
}
