import type { Decoded, Pipeline } from '../../templates/fastify-onnx/base/src/ml/pipeline.ts'
import type { Image } from '../../templates/fastify-onnx/base/src/transforms/image.ts'
import type {
  Contract,
  Json,
  Prediction,
  Tensor,
  Tensors,
} from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import type { Engine } from './engine.ts'
import { loadModule } from './modules.ts'
import { openPipeline } from './pipeline.ts'
import type { BuiltServer } from './target.ts'

/** Milliseconds that each stage of a request took. */
export interface Stages {
  readonly decode: number
  readonly preprocess: number
  readonly inference: number
  readonly postprocess: number
}

export interface Label {
  readonly label: string
  readonly index: number
  readonly score: number
}

/** What the server makes of one request, stage by stage. */
export interface Answer {
  /** The decoded images; null where the request has none. */
  readonly images: readonly Image[] | null
  readonly tensors: Tensors
  readonly outputs: Tensors
  /** As POST /predict answers it. */
  readonly prediction: Json
  /** The best labels of each row, best first; null where there are no labels, or no best one (NaN). */
  readonly top: readonly (readonly Label[])[] | null
  readonly ms: Stages
}

/** The server's way of a request, over a model of ours. */
export interface Answerer {
  readonly contract: Contract
  /** The server's sample as a request's `data`. */
  readonly sample: Json
  /** Throws what the server throws: InvalidInput for data that does not fit. */
  answer(data: Json): Promise<Answer>
}

const BEST = 5

/** What a request leaves behind on its way. */
interface Trace {
  images: readonly Image[] | null
  tensors: Tensors
  outputs: Tensors
  made: Prediction | null
  readonly ms: { -readonly [S in keyof Stages]: number }
}

/** The server's own decoding, pre- and postprocessing and encoding, with `engine` in their middle. */
export async function openAnswerer(server: BuiltServer, engine: Engine): Promise<Answerer> {
  const { contract } = await loadModule(server, 'contract.js')
  const { Predictor } = await loadModule(server, 'ml/predictor.js')
  const { topLabels } = await loadModule(server, 'transforms/labels.js')
  const inner = await openPipeline(server, contract, engine)
  const untuned = { tune: () => Promise.reject(new Error('only a server that runs is tuned')) }

  async function answer(data: Json): Promise<Answer> {
    const trace = newTrace()
    const prediction = await new Predictor(traced(inner, trace), contract, untuned).predict({ data })
    const { images, tensors, outputs, ms } = trace
    return { images, tensors, outputs, ms, prediction, top: rank(trace.made) }
  }

  function rank(made: Prediction | null): Answer['top'] {
    if (contract.task !== 'classification' || made === null || !isTensor(made)) return null
    try {
      return topLabels(made, contract, Math.min(BEST, countClasses(made, contract))).map((row) =>
        withIndex(row, contract),
      )
    } catch {
      return null // NaN among the scores: the server has no label for it, either
    }
  }
  return { contract, sample: inner.sample.data, answer }
}

function newTrace(): Trace {
  return {
    images: null,
    tensors: {},
    outputs: {},
    made: null,
    ms: { decode: 0, preprocess: 0, inference: 0, postprocess: 0 },
  }
}

/** The pipeline, with what passes through it written down. */
function traced(inner: Pipeline, trace: Trace): Pipeline {
  async function timed<Result>(stage: keyof Stages, run: () => Result | Promise<Result>): Promise<Result> {
    const start = performance.now()
    const result = await run()
    trace.ms[stage] = performance.now() - start
    return result
  }
  return {
    ...inner,
    async decode(body) {
      const decoded = await timed('decode', () => inner.decode(body))
      if (isImages(decoded)) trace.images = decoded
      return decoded
    },
    preprocess(input) {
      const start = performance.now()
      trace.tensors = inner.preprocess(input)
      trace.ms.preprocess = performance.now() - start
      return trace.tensors
    },
    async infer(tensors, outputs) {
      trace.outputs = await timed('inference', () => inner.infer(tensors, outputs))
      return trace.outputs
    },
    postprocess(outputs) {
      const start = performance.now()
      trace.made = inner.postprocess(outputs)
      trace.ms.postprocess = performance.now() - start
      return trace.made
    },
  }
}

function isImages(decoded: Decoded): decoded is readonly Image[] {
  return Array.isArray(decoded)
}

/** As the server tells one tensor from several by name. */
function isTensor(prediction: Prediction): prediction is Tensor {
  return typeof prediction.dtype === 'string'
}

/** One score for two labels is both. */
function countClasses({ shape }: Tensor, { labels, rows }: Contract): number {
  const columns = shape.length > (rows ? 1 : 0) ? (shape.at(-1) ?? 1) : 1
  return columns === 1 && labels?.length === 2 ? 2 : columns
}

/** The server names labels alone. Where two classes share a name, the one that has not been named yet is meant. */
function withIndex(row: Json, { labels }: Contract): Label[] {
  const taken = new Set<number>()
  return (Array.isArray(row) ? row : []).map((item: Json) => {
    const { label, score } = Object(item)
    const named = labels?.findIndex((one, column) => one === label && !taken.has(column)) ?? -1
    const index = named >= 0 ? named : Number(label)
    taken.add(index)
    return { label: String(label), index, score: Number(score) }
  })
}
