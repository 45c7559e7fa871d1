import { fileURLToPath } from 'node:url'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import type { Engine } from '../ml/engine.ts'
import type { Pipeline } from '../ml/pipeline.ts'
import { Predictor } from '../ml/predictor.ts'
import { rowByRow } from '../ml/row-by-row.ts'
import { bodySchema } from '../ml/schema.ts'
import { openSession } from '../ml/session.ts'
import { usableThreads } from '../ml/threads.ts'
import { postprocess } from '../model/postprocess.ts'
import { preprocess } from '../model/preprocess.ts'
import { decodeInputs } from '../transforms/decode.ts'
import { rowSpecs } from '../transforms/rows.ts'
import { sampleData } from '../transforms/sample.ts'

declare module 'fastify' {
  interface FastifyInstance {
    predictor: Predictor
  }
}

export interface PredictorOptions {
  readonly config: Config
  /** The features' hands on the pipeline. */
  wrap(pipeline: Pipeline): Pipeline
}

/** Opens the model and decorates `app.predictor`, the one data plane of all routes. */
export const predictorPlugin = fp<PredictorOptions>(
  async (app, { config, wrap }) => {
    const session = await openModel(config)
    app.addHook('onClose', () => session.close())
    app.decorate('predictor', new Predictor(wrap(basePipeline(session)), contract))
  },
  { name: 'predictor' },
)

async function openModel(config: Config): Promise<Engine> {
  const session = await openSession({
    file: config.MODEL_PATH || fileURLToPath(new URL(`../../models/${contract.model.file}`, import.meta.url)),
    intraOpThreads: config.INTRA_OP_THREADS || usableThreads(),
    inputs: contract.inputs.map((input) => input.name),
    outputs: contract.outputs.map((output) => output.name),
  })
  const oneRowOnly = [...contract.inputs, ...contract.outputs].some(({ shape }) => shape?.[0] === 1)
  return contract.rows && oneRowOnly ? rowByRow(session) : session
}

/** The pipeline without any feature: JSON numbers in, this model's own pre- and postprocess. */
function basePipeline(engine: Engine): Pipeline {
  const specs = contract.rows ? rowSpecs(contract.inputs) : contract.inputs
  return {
    bodySchema: bodySchema(contract),
    bodyTypes: [],
    sample: { data: sampleData(contract) },
    decode: ({ data }) => decodeInputs(data, specs),
    preprocess,
    infer: engine.infer,
    postprocess,
  }
}
