import { encodePrediction, encodeTensor, isTensor } from '../transforms/encode.ts'
import { labelRows, topLabels } from '../transforms/labels.ts'
import { countRows, rowSpecs } from '../transforms/rows.ts'
import { sampleData, zerosLike } from '../transforms/sample.ts'
import type { Contract, Json, Prediction, Tensor, Tensors } from '../transforms/types.ts'
import { ModelError } from './errors.ts'
import { assertFit } from './fit.ts'
import type { Pipeline, PredictBody } from './pipeline.ts'

/** The one data plane: every door (/predict, V2, gRPC) goes through here. Throws InvalidInput (422) and ModelError (500). */
export class Predictor {
  readonly pipeline: Pipeline
  /** A request that works, as far as known: the pipeline's. */
  sample: Pipeline['sample']
  readonly #contract: Contract
  readonly #outputNames: readonly string[]

  constructor(pipeline: Pipeline, contract: Contract) {
    this.pipeline = pipeline
    this.sample = pipeline.sample
    this.#contract = contract
    this.#outputNames = contract.outputs.map((output) => output.name)
  }

  /** Decode, preprocess, infer, postprocess: `{"data": [[5.1, 3.5, 1.4, 0.2]]}` to `[0.97, 0.02, 0.01]`. */
  async predict(body: PredictBody, signal?: AbortSignal): Promise<Json> {
    const { prediction, rows } = await this.#run(body, signal)
    return encodePrediction(prediction, (tensor) => this.#toJson(tensor, rows))
  }

  /** The same, but the `k` best labels: `[{"label": "setosa", "score": 0.97}, ...]`. Classification only. */
  async topLabels(body: PredictBody, k: number, signal?: AbortSignal): Promise<Json> {
    const { prediction, rows } = await this.#run(body, signal)
    const lists = topLabels(scoresOf(prediction), this.#contract, k)
    return rows === 1 ? (lists[0] ?? []) : lists
  }

  /** The same, but the label of the best score: `"setosa"`. Classification only. */
  async label(body: PredictBody, signal?: AbortSignal): Promise<Json> {
    const { prediction, rows } = await this.#run(body, signal)
    return this.#toJson(labelRows(scoresOf(prediction), this.#contract), rows)
  }

  /** The raw model, for callers that have tensors. */
  infer(tensors: Tensors, outputs: readonly string[], signal?: AbortSignal): Promise<Tensors> {
    return this.pipeline.infer(tensors, outputs, signal)
  }

  /** Runs the sample once, and zeros where derived ones do not work; throws what goes wrong with it. */
  async warmUp(): Promise<void> {
    const { sample } = this
    try {
      await this.#runSample()
    } catch (error) {
      if (this.#contract.sample.given) throw error
      this.sample = { data: zerosLike(sampleData(this.#contract)) }
      await this.#runSample().catch(() => {
        this.sample = sample
        throw error
      })
    }
  }

  #runSample(): Promise<Json> {
    return this.#contract.task === 'classification' ? this.label(this.sample) : this.predict(this.sample)
  }

  async #run(body: PredictBody, signal?: AbortSignal): Promise<{ prediction: Prediction; rows: number }> {
    const { inputs, rows } = this.#contract
    const tensors = this.pipeline.preprocess(await this.pipeline.decode(body))
    assertFit(tensors, rows ? rowSpecs(inputs) : inputs)
    const count = rows ? countRows(tensors) : 0
    const outputs = await this.infer(tensors, this.#outputNames, signal)
    return { prediction: this.pipeline.postprocess(outputs), rows: count }
  }

  /** Classification and regression: one row is answered without the outer array, N as an array of rows. Else tensors are whole. */
  #toJson(tensor: Tensor, rows: number): Json {
    const json = encodeTensor(tensor)
    if (!this.#contract.rows || this.#contract.task === 'tensor') return json
    if (tensor.shape[0] !== rows || !Array.isArray(json)) {
      const shape = `[${tensor.shape.join(', ')}]`
      throw new ModelError(`the prediction has the shape ${shape} for ${rows} rows: vars.yaml should say "rows: false"`)
    }
    return rows === 1 ? json[0] : json
  }
}

function scoresOf(prediction: Prediction): Tensor {
  if (isTensor(prediction)) return prediction
  throw new ModelError('postprocess gives several tensors: labels need one, the scores')
}
