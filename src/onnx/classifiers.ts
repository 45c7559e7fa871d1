import { type ClassLabel, classLabelsOf, columnLabelsOf, commonLabels, isReversed } from './class-labels.ts'
import { isDecisionScore } from './decision-score.ts'
import type { ModelFacts } from './facts.ts'
import { readLabelOutput } from './label-output.ts'
import type { GraphProto, ModelProto, NodeProto } from './onnx_pb.ts'
import { scopesOf } from './scopes.ts'
import type { StrippedZipMap } from './zipmap.ts'

const CLASSIFIERS = ['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier']

/** What may stand between a classifier and an output without changing which column is which class. */
const KEEPS_COLUMNS = new Set([
  ...['Identity', 'Cast', 'Dropout', 'Normalizer', 'Softmax', 'LogSoftmax', 'Sigmoid', 'Clip', 'Exp', 'Log', 'Abs'],
  ...['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Mean'],
])

type Classes = Pick<ModelFacts, 'classLabels' | 'classLabelsFrom' | 'scoresOutput' | 'decisionScore' | 'isClassifier'>

/**
 * Class labels and the output with their scores: from the ZipMaps that were stripped, else from the output of labels,
 * else from the classifier nodes whose scores lead to an output. Null where several answers would be possible.
 * `graph` is the graph without ZipMaps.
 */
export function describeClasses(model: ModelProto, graph: GraphProto, zipMaps: readonly StrippedZipMap[]): Classes {
  if (zipMaps.length > 0) {
    const labels = commonLabels(zipMaps.map((zipMap) => zipMapLabels(zipMap, graph)))
    const [tensor = null, another] = new Set(zipMaps.map((zipMap) => zipMap.tensor))
    return {
      classLabels: labels,
      classLabelsFrom: labels && 'zipmap',
      scoresOutput: another === undefined ? tensor : null,
      decisionScore: tensor !== null && isDecisionScore(graph, tensor),
      isClassifier: true,
    }
  }
  // In a vote or a stack the classifiers inside count classes from 0, whatever the labels are: the output of labels knows.
  const scores = readLabelOutput(graph) ?? traceScores(graph)
  return {
    classLabels: scores?.labels ?? null,
    classLabelsFrom: scores?.labels ? 'classifier' : null,
    scoresOutput: scores?.output ?? null,
    decisionScore: scores !== null && isDecisionScore(graph, scores.output),
    isClassifier: [...scopesOf(model)].some(({ nodes }) => nodes.some(isClassifierNode)),
  }
}

/** In column order, which is not always that of the ZipMap. */
function zipMapLabels({ tensor, node }: StrippedZipMap, graph: GraphProto): ClassLabel[] | null {
  const labels = classLabelsOf(node)
  const reversed = graph.node.some((one) => isReversed(one) && namesOfScores(one, graph.node).has(tensor))
  return labels && reversed ? labels.toReversed() : labels
}

/** The names under which the scores of a classifier node are found again behind nodes that keep the columns. */
export function namesOfScores(classifier: NodeProto, nodes: readonly NodeProto[]): Set<string> {
  const scores = classifier.output[1]
  const names = new Set(scores ? [scores] : [])
  // Nodes are in topological order: once through is enough.
  for (const { opType, input, output } of nodes) {
    const [result] = output
    if (result && KEEPS_COLUMNS.has(opType) && input.some((name) => names.has(name))) names.add(result)
  }
  return names
}

/** Is it a classifier node of ai.onnx.ml? */
export function isClassifierNode(node: NodeProto): boolean {
  return node.domain === 'ai.onnx.ml' && CLASSIFIERS.includes(node.opType)
}

/** Null when no classifier's scores reach an output, when they reach several, or when their labels differ. */
function traceScores(graph: GraphProto): { output: string; labels: ClassLabel[] | null } | null {
  const reached = new Set<string>()
  const lists: (ClassLabel[] | null)[] = []
  for (const node of graph.node.filter(isClassifierNode)) {
    const names = namesOfScores(node, graph.node)
    const found = graph.output.filter(({ name }) => names.has(name))
    for (const { name } of found) reached.add(name)
    if (found.length > 0) lists.push(columnLabelsOf(node))
  }
  const [output, another] = reached
  if (output === undefined || another !== undefined) return null
  const labels = commonLabels(lists)
  return labels || lists.every((list) => list === null) ? { output, labels } : null
}
