import type { NodeProto } from '../onnx_pb.ts'
import { domainName } from '../operators.ts'

/** The operators whose weights are made smaller, for messages. */
export const WEIGHT_OPERATORS = 'MatMul, Gemm, Conv or ConvTranspose'

/**
 * Along which axis of a weight do the channels of the result lie? Null when this input of the node is no matrix of weights.
 * Shapes: https://onnx.ai/onnx/operators.
 */
export function channelAxis(node: NodeProto, input: number, rank: number): number | null {
  if (domainName(node.domain) !== 'ai.onnx' || rank < 2) return null
  switch (`${node.opType} ${input}`) {
    case 'Conv 1': // (out, in / group, ...kernel)
      return 0
    case 'ConvTranspose 1': // (in, out / group, ...kernel): with groups, the rows tell them apart
      return integer(node, 'group', 1) === 1 ? 1 : 0
    case 'Gemm 0': // (rows, inner)
      return integer(node, 'transA', 0) === 0 ? 0 : 1
    case 'Gemm 1': // (inner, columns)
      return integer(node, 'transB', 0) === 0 ? 1 : 0
    case 'MatMul 0':
      return rank - 2
    case 'MatMul 1':
      return rank - 1
    default:
      return null
  }
}

function integer(node: NodeProto, name: string, otherwise: number): number {
  const attribute = node.attribute.find((candidate) => candidate.name === name)
  return attribute ? Number(attribute.i) : otherwise
}
