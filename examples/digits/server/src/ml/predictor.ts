import { encodePrediction, encodeTensor, isTensor } from '../transforms/encode.ts'
import { labelRows, topLabels } from '../transforms/labels.ts'
import { countRows, rowSpecs } from '../transforms/rows.ts'
import { sampleData, zerosLike } from '../transforms/sample.ts'
import type { Contract, Json, Prediction, Tensor, TensorSpec, Tensors } from '../transforms/types.ts'
import type { Call } from './call.ts'
import { ModelError } from './errors.ts'
import { publishRequest } from './events.ts'
import { assertFit } from './fit.ts'
import type { Pipeline, PredictBody } from './pipeline.ts'
import { Prepared } from './prepared.ts'
import type { Runner, Tuning } from './runner.ts'

/** Makes the answer of what postprocess gave, of so many rows. */
type Encode = (prediction: Prediction, rows: number) => Json

/** The model, as far as the warm-up needs it. */
export type Tunable = Pick<Runner, 'tune'>

/** The one data plane: every door (/predict, V2, gRPC) goes through here. Throws InvalidInput (422) and ModelError (500). */
export class Predictor {
  readonly pipeline: Pipeline
  /** A request that works, as far as known: the pipeline's. */
  sample: Pipeline['sample']
  readonly #contract: Contract
  readonly #outputNames: readonly string[]
  readonly #rowSpecs: readonly TensorSpec[]
  readonly #model: Tunable
  #inFlight = 0

  constructor(pipeline: Pipeline, contract: Contract, model: Tunable) {
    this.#model = model
    this.#rowSpecs = rowSpecs(contract.inputs)
    this.pipeline = pipeline
    this.sample = pipeline.sample
    this.#contract = contract
    this.#outputNames = contract.outputs.map((output) => output.name)
  }

  /** Requests that are not answered yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Decode, preprocess, infer, postprocess: `{"data": [[5.1, 3.5, 1.4, 0.2]]}` to `[0.97, 0.02, 0.01]`. */
  predict(body: PredictBody, call?: Call): Promise<Json> {
    return this.#run(body, call, (prediction, rows) =>
      encodePrediction(prediction, (tensor) => this.#toJson(tensor, rows)),
    )
  }

  /** The same, but the `k` best labels: `[{"label": "setosa", "score": 0.97}, ...]`. Classification only. */
  topLabels(body: PredictBody, k: number, call?: Call): Promise<Json> {
    return this.#run(body, call, (prediction, rows) => {
      const lists = topLabels(scoresOf(prediction), this.#contract, k)
      return rows === 1 ? (lists[0] ?? []) : lists
    })
  }

  /** The same, but the label of the best score: `"setosa"`. Classification only. */
  label(body: PredictBody, call?: Call): Promise<Json> {
    return this.#run(body, call, (prediction, rows) =>
      this.#toJson(labelRows(scoresOf(prediction), this.#contract), rows),
    )
  }

  /** The raw model, for callers that have tensors. */
  async infer(tensors: Tensors, outputs: readonly string[], call?: Call): Promise<Tensors> {
    const preparedAt = performance.now()
    this.#inFlight += 1
    try {
      const results = await this.pipeline.infer(tensors, outputs, call)
      if (call) {
        call.ms.preprocess = preparedAt - call.startedAt
        call.totalMs = performance.now() - call.startedAt
        publishRequest({ kind: 'raw', source: this.#model, call, input: tensors, output: results })
      }
      return results
    } finally {
      this.#inFlight -= 1
    }
  }

  /** Tunes the model with the sample (zeros, where a derived one does not work) and runs it once; throws what goes wrong with it. */
  async warmUp(): Promise<Tuning> {
    const { sample } = this
    try {
      return await this.#trySample()
    } catch (error) {
      if (this.#contract.sample.given) throw error
      this.sample = { data: zerosLike(sampleData(this.#contract)) }
      return await this.#trySample().catch(() => {
        this.sample = sample
        throw error
      })
    }
  }

  async #trySample(): Promise<Tuning> {
    const { tensors } = await this.#prepare(this.sample)
    const tuning = await this.#model.tune(tensors, this.#outputNames)
    await (this.#contract.task === 'classification' ? this.label(this.sample) : this.predict(this.sample))
    return tuning
  }

  async #run(body: PredictBody, call: Call | undefined, encode: Encode): Promise<Json> {
    this.#inFlight += 1
    try {
      const { tensors, rows } = await this.#prepare(body)
      const preparedAt = performance.now()
      const outputs = await this.pipeline.infer(tensors, this.#outputNames, call)
      const inferredAt = performance.now()
      const prediction = this.pipeline.postprocess(outputs)
      const answer = encode(prediction, rows)
      if (call) {
        const answeredAt = performance.now()
        call.rows = rows
        call.ms.preprocess = preparedAt - call.startedAt
        call.ms.postprocess = answeredAt - inferredAt
        call.totalMs = answeredAt - call.startedAt
        publishRequest({ kind: 'predict', source: this.#model, call, input: body, output: answer, prediction })
      }
      return answer
    } finally {
      this.#inFlight -= 1
    }
  }

  async #prepare(body: PredictBody): Promise<{ tensors: Tensors; rows: number }> {
    const { inputs, rows } = this.#contract
    const decoded = await this.pipeline.decode(body)
    const tensors = this.pipeline.preprocess(decoded)
    if (!(decoded instanceof Prepared)) assertFit(tensors, rows ? this.#rowSpecs : inputs)
    return { tensors, rows: rows ? countRows(tensors) : 0 }
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
