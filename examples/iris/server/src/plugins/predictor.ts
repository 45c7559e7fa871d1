import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import type { Engine } from '../ml/engine.ts'
import { modelFile } from '../ml/model-file.ts'
import type { Pipeline } from '../ml/pipeline.ts'
import { Predictor } from '../ml/predictor.ts'
import { Runner, type RunnerOptions } from '../ml/runner.ts'
import { bodySchema } from '../ml/schema.ts'
import { postprocess } from '../model/postprocess.ts'
import { preprocess } from '../model/preprocess.ts'
import { processResources } from '../processes.ts'
import { decodeInputs } from '../transforms/decode.ts'
import { rowSpecs } from '../transforms/rows.ts'
import { sampleData } from '../transforms/sample.ts'
import type { Contract } from '../transforms/types.ts'

declare module 'fastify' {
  interface FastifyInstance {
    model: Runner
    predictor: Predictor
  }
}

/** Of a batch in an inference thread. */
const MAX_BATCH_MS = 50

export interface PredictorOptions {
  readonly config: Config
  /** The features' hands on the pipeline. */
  wrap(pipeline: Pipeline): Pipeline
}

/** Opens the model and decorates `app.predictor`, the one data plane of all routes, and `app.model` below it. */
export const predictorPlugin = fp<PredictorOptions>(
  async (app, { config, wrap }) => {
    const model = await Runner.open(runnerOptions(config))
    app.addHook('onClose', () => model.close())
    app.decorate('model', model)
    app.decorate('predictor', new Predictor(wrap(basePipeline(model)), contract, model))
  },
  { name: 'predictor' },
)

function runnerOptions(config: Config): RunnerOptions {
  return {
    model: modelOptions(config, contract),
    rows: rowsPerRun(contract),
    resources: processResources(config, contract.model.bytes + (contract.encoder?.bytes ?? 0)),
    maxRows: config.BATCH_MAX_ROWS || undefined,
    queueRows: config.QUEUE_MAX_ROWS || undefined,
    delayMs: config.BATCH_DELAY_MS,
    maxBatchMs: MAX_BATCH_MS,
  }
}

function modelOptions(config: Config, { model, encoder, inputs, outputs }: Contract): RunnerOptions['model'] {
  const own = { file: config.MODEL_PATH || modelFile(config, model.file), outputs: outputs.map(({ name }) => name) }
  const names = inputs.map(({ name }) => name)
  if (encoder === null) return { ...own, inputs: names, encoder: null }
  return {
    ...own,
    inputs: [encoder.input],
    encoder: { file: modelFile(config, encoder.file), inputs: names, output: encoder.output },
  }
}

/** A leading size of 1 takes one row. Tensors in and out whole: none, though they may be called rows. */
function rowsPerRun({ inputs, outputs, encoder, rows, task }: Contract): RunnerOptions['rows'] {
  const between = encoder ? [encoder.features] : []
  if (rows && [...inputs, ...between, ...outputs].some(({ shape }) => shape?.[0] === 1)) return 'one'
  return rows && task !== 'tensor' ? 'many' : 'none'
}

/** The pipeline without any feature: JSON numbers in, this model's own pre- and postprocess. */
function basePipeline(engine: Engine): Pipeline {
  const specs = contract.rows ? rowSpecs(contract.inputs) : contract.inputs
  return {
    bodySchema: bodySchema(contract),
    bodyTypes: [],
    decoder: '',
    sample: { data: sampleData(contract) },
    decode: ({ data }) => decodeInputs(data, specs),
    preprocess,
    infer: (tensors, outputs, call) => engine.infer(tensors, outputs, call),
    postprocess,
  }
}
