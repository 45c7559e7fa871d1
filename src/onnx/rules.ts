import { CreateError } from '../errors.ts'
import type { GraphProto, ModelProto } from './onnx_pb.ts'
import { damaged } from './open-model.ts'
import { missingDomains } from './operators.ts'

/**
 * Refuses what ONNX itself forbids and no runtime would load. Most of it is missing in a file that was cut just between
 * two fields, where no length tells. Domains that are not ONNX's own may be the runtime's, and need no import.
 */
export function refuseUnruly(path: string, model: ModelProto, graph: GraphProto): void {
  if (model.irVersion <= 0n) throw damaged(path, { message: 'the model names no IR version', cut: true })
  if (model.opsetImport.length === 0) throw damaged(path, { message: 'the model names no opset', cut: true })
  const missing = missingDomains(model).filter((domain) => domain.startsWith('ai.onnx'))
  if (missing.length > 0) {
    throw damaged(path, { message: `the model names no opset for the domain ${missing.join(', ')}`, cut: true })
  }
  if (graph.output.length === 0) {
    throw new CreateError('invalid', `${path} has no output: there is nothing that a server could answer.`, {
      hint: 'Export the model with the outputs that you want to serve.',
    })
  }
}
