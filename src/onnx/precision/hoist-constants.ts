import type { GraphProto, NodeProto, TensorProto } from '../onnx_pb.ts'
import { domainName } from '../operators.ts'
import { tensorBytes } from '../parameters.ts'
import { channelAxis } from './channel-axis.ts'
import { declareInput } from './declare.ts'
import { findUses } from './uses.ts'

/**
 * Some exporters write weights as Constant nodes: those become initialisers, which are the same to whoever reads them.
 * `declared`: every initialiser of the graph has to be an input (before IR version 4). Tensors below `smallest` bytes stay.
 */
export function hoistConstants(
  graph: GraphProto,
  { declared, smallest }: { declared: boolean; smallest: number },
): void {
  const uses = findUses(graph)
  const outputs = new Set(graph.output.map(({ name }) => name))
  const isWeight = ({ name, dims }: TensorProto) =>
    !outputs.has(name) &&
    (uses.get(name) ?? []).some(({ node, input }) => channelAxis(node, input, dims.length) !== null)
  graph.node = graph.node.filter((node) => {
    const tensor = constantOf(node)
    if (!tensor || tensorBytes(tensor) < smallest || !isWeight(tensor)) return true
    graph.initializer.push(tensor)
    if (declared) graph.input.push(declareInput(tensor))
    return false
  })
}

/** The tensor of a Constant node, named as the node names it. */
function constantOf({ domain, opType, attribute, output: [name] }: NodeProto): TensorProto | null {
  const value = attribute.find((candidate) => candidate.name === 'value')?.t
  if (opType !== 'Constant' || domainName(domain) !== 'ai.onnx' || !value || name === undefined) return null
  value.name = name
  return value
}
