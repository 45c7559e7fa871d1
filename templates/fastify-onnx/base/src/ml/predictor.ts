import { encodePrediction, encodeTensor, isTensor } from '../transforms/encode.ts'
import { labelRows } from '../transforms/labels.ts'
import { countRows, rowSpecs } from '../transforms/rows.ts'
import type { Contract, Json, Prediction, Tensor, Tensors } from '../transforms/types.ts'
import { ModelError } from './errors.ts'
import { assertFit } from './fit.ts'
import type { Pipeline, PredictBody } from './pipeline.ts'

/** The one data plane: every door (/predict, V2, gRPC) goes through here. Throws InvalidInput (422) and ModelError (500). */
export class Predictor {
  readonly pipeline: Pipeline
  readonly #contract: Contract
  readonly #outputNames: readonly string[]

  constructor(pipeline: Pipeline, contract: Contract) {
    this.pipeline = pipeline
    this.#contract = contract
    this.#outputNames = contract.outputs.map((output) => output.name)
  }

  /** Decode, preprocess, infer, postprocess: `{"data": [[5.1, 3.5, 1.4, 0.2]]}` to `[0.97, 0.02, 0.01]`. */
  async predict(body: PredictBody, signal?: AbortSignal): Promise<Json> {
    const { prediction, rows } = await this.#run(body, signal)
    return encodePrediction(prediction, (tensor) => this.#toJson(tensor, rows))
  }

  /** The same, but the label of the best score: `"setosa"`. Classification only. */
  async label(body: PredictBody, signal?: AbortSignal): Promise<Json> {
    const { prediction, rows } = await this.#run(body, signal)
    if (!isTensor(prediction)) throw new ModelError('postprocess gives several tensors: labels need one, the scores')
    return this.#toJson(labelRows(prediction, this.#contract), rows)
  }

  /** The raw model, for callers that have tensors. */
  infer(tensors: Tensors, outputs: readonly string[], signal?: AbortSignal): Promise<Tensors> {
    return this.pipeline.infer(tensors, outputs, signal)
  }

  /** Runs the sample once; throws what goes wrong with it. */
  async warmUp(): Promise<void> {
    const { sample } = this.pipeline
    await (this.#contract.task === 'classification' ? this.label(sample) : this.predict(sample))
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
