import type * as model from '../../templates/fastify-onnx/base/src/ml/model.ts'
import type { Pipeline } from '../../templates/fastify-onnx/base/src/ml/pipeline.ts'
import type * as predictor from '../../templates/fastify-onnx/base/src/ml/predictor.ts'
import type * as decode from '../../templates/fastify-onnx/base/src/transforms/decode.ts'
import type * as elements from '../../templates/fastify-onnx/base/src/transforms/elements.ts'
import type * as labels from '../../templates/fastify-onnx/base/src/transforms/labels.ts'
import type * as rows from '../../templates/fastify-onnx/base/src/transforms/rows.ts'
import type * as sample from '../../templates/fastify-onnx/base/src/transforms/sample.ts'
import type { Contract } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import type * as imageBody from '../../templates/fastify-onnx/features/image/base/src/image/body.ts'
import type * as imageDecode from '../../templates/fastify-onnx/features/image/base/src/image/decode.ts'
import type * as imageSample from '../../templates/fastify-onnx/features/image/base/src/image/sample.ts'
import type * as imageSettings from '../../templates/fastify-onnx/features/image/base/src/image/settings.ts'
import type { BuiltServer } from './target.ts'

/** The modules of a server's dist/ that are called here. */
interface Modules {
  'contract.js': { readonly contract: Contract }
  'image/body.js': typeof imageBody
  'image/decode.js': typeof imageDecode
  'image/sample.js': typeof imageSample
  'image/settings.js': typeof imageSettings
  'ml/model.js': typeof model
  'ml/predictor.js': typeof predictor
  'model/postprocess.js': Pick<Pipeline, 'postprocess'>
  'model/preprocess.js': Pick<Pipeline, 'preprocess'>
  'transforms/decode.js': typeof decode
  'transforms/elements.js': typeof elements
  'transforms/labels.js': typeof labels
  'transforms/rows.js': typeof rows
  'transforms/sample.js': typeof sample
}

/** A module of the server, typed as the template that it was compiled from. */
export async function loadModule<Path extends keyof Modules>(server: BuiltServer, path: Path): Promise<Modules[Path]> {
  const module: unknown = await server.load(path)
  // Code of another project: its types are those of the template, whose version openServer has compared.
  return module as Modules[Path]
}
