import type { GraphProto, NodeProto } from './onnx_pb.ts'

/** What takes a column out of scores, or keeps it, without changing its value. */
const KEEPS_VALUES = new Set(['ArrayFeatureExtractor', 'Gather', 'Slice', 'Cast', 'Identity', 'Reshape', 'Squeeze'])

/**
 * Is this output the raw score of a linear classifier? Where such a model of two classes answers one score per row (as
 * LinearSVC and RidgeClassifier do), above 0 means the second class; a probability says so from 0.5 on.
 */
export function isDecisionScore(graph: GraphProto, output: string): boolean {
  const names = new Set(graph.node.filter(isRawLinear).flatMap((node) => node.output.slice(1)))
  // Nodes are in topological order: once through is enough.
  for (const { opType, input, output: results } of graph.node) {
    const [result] = results
    if (result && KEEPS_VALUES.has(opType) && names.has(input[0] ?? '')) names.add(result)
  }
  return names.has(output)
}

function isRawLinear({ domain, opType, attribute }: NodeProto): boolean {
  if (domain !== 'ai.onnx.ml' || opType !== 'LinearClassifier') return false
  const transform = attribute.find(({ name }) => name === 'post_transform')
  return transform === undefined || new TextDecoder().decode(transform.s) === 'NONE'
}
