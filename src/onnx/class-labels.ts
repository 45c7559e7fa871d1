import type { NodeProto } from './onnx_pb.ts'

/** A class label as models write them: text, or an integer (as text when it is beyond 2^53). */
export type ClassLabel = string | number

/** The attribute's name differs between ZipMap, LinearClassifier, SVMClassifier and TreeEnsembleClassifier. */
const LABEL_ATTRIBUTES = ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints']

/** The class labels of a ZipMap or classifier node in column order; null when it names none. */
export function classLabelsOf(node: NodeProto): ClassLabel[] | null {
  for (const { name, strings, ints } of node.attribute) {
    if (!LABEL_ATTRIBUTES.includes(name)) continue
    if (strings.length > 0) return strings.map((bytes) => new TextDecoder().decode(bytes))
    if (ints.length > 0) return ints.map(toLabel)
  }
  return null
}

/**
 * The same in the order of the node's score columns. They are reversed for a support vector machine of two classes
 * without probabilities: onnxruntime answers [d, -d], where d > 0 means the second class, and its own label agrees.
 */
export function columnLabelsOf(node: NodeProto): ClassLabel[] | null {
  const labels = classLabelsOf(node)
  return labels && isReversed(node) ? labels.toReversed() : labels
}

/** Are the columns of its scores in the reverse order of its class labels? */
export function isReversed(node: NodeProto): boolean {
  const has = (name: string) => node.attribute.some((attribute) => attribute.name === name)
  return (
    node.opType === 'SVMClassifier' && classLabelsOf(node)?.length === 2 && has('vectors_per_class') && !has('prob_a')
  )
}

/** The labels when all lists are the same, else null. */
export function commonLabels(lists: readonly (ClassLabel[] | null)[]): ClassLabel[] | null {
  const [first, ...others] = lists
  if (!first) return null
  return others.every((list) => JSON.stringify(list) === JSON.stringify(first)) ? first : null
}

/** An integer label as a number, as text beyond 2^53. */
export function toLabel(label: bigint): ClassLabel {
  const number = Number(label)
  return Number.isSafeInteger(number) ? number : String(label)
}
