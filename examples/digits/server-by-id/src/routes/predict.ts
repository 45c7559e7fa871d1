import type { FastifyInstance } from 'fastify'
import { contract } from '../contract.ts'
import { type JsonSchema, objectSchema } from '../json-schema.ts'
import type { Call } from '../ml/call.ts'
import type { PredictBody } from '../ml/pipeline.ts'
import { labelSchema, predictionSchema } from '../ml/schema.ts'
import { HttpError } from '../plugins/problem.ts'
import { InvalidInput } from '../transforms/errors.ts'
import type { Json } from '../transforms/types.ts'
import { answerEach, answersSchema } from './answer-each.ts'

/** The model's prediction, and for a classifier its label. */
export async function predictRoutes(app: FastifyInstance): Promise<void> {
  const { predictor } = app
  const { bodySchema, bodyTypes } = predictor.pipeline
  const tags = ['predict']
  const body = takeBytes(app, bodySchema, bodyTypes)
  const documented = (one: JsonSchema) => ({
    200: predictor.pipeline.items ? { anyOf: [one, answersSchema(one)] } : one,
  })
  const prediction = documented(predictionSchema(contract))
  const label = documented(labelSchema(contract))
  const example = predictor.pipeline.example
  const answer = async (asked: PredictBody, predict: (body: PredictBody) => Promise<Json>) => {
    const items = predictor.pipeline.items?.(asked) ?? null
    return items === null ? { prediction: await predict(asked) } : answerEach(items, predict)
  }

  app.get('/predict/test', { schema: { tags, response: prediction } }, async (request, reply) => ({
    prediction: await predictor.predict(example ?? predictor.sample, app.callOf(request, reply)),
  }))
  app.post<{ Body: PredictBody }>('/predict', { schema: { tags, body, response: prediction } }, (request, reply) =>
    answer(request.body, (one) => predictor.predict(one, app.callOf(request, reply))),
  )

  if (contract.task !== 'classification') return
  const labelOf = (sample: PredictBody, { k }: TopQuery, call: Call) =>
    k === undefined ? predictor.label(sample, call) : predictor.topLabels(sample, readCount(k), call)
  app.get<{ Querystring: TopQuery }>(
    '/predict/test/label',
    { schema: { tags, querystring: TOP_QUERY, response: label } },
    async (request, reply) => ({
      prediction: await labelOf(example ?? predictor.sample, request.query, app.callOf(request, reply)),
    }),
  )
  app.post<{ Body: PredictBody; Querystring: TopQuery }>(
    '/predict/label',
    { schema: { tags, body, querystring: TOP_QUERY, response: label } },
    (request, reply) => answer(request.body, async (one) => labelOf(one, request.query, app.callOf(request, reply))),
  )
}

/** `?k=5`: the five best labels with their scores, instead of the best one. */
interface TopQuery {
  readonly k?: unknown
}

const TOP_QUERY = objectSchema({ k: { description: 'the k best labels with their scores, best first' } }, ['k'])

function readCount(k: unknown): number {
  if (typeof k === 'string' && /^[1-9]\d{0,8}$/.test(k)) return Number(k)
  throw new InvalidInput({
    pointer: '',
    detail: 'k must be a whole number, at least 1 and at most the number of classes',
  })
}

/** The schema of the body; beside JSON, bodies of other types are taken as bytes, which decode checks itself. */
function takeBytes(app: FastifyInstance, json: JsonSchema, types: readonly string[]): object {
  if (types.length === 0) return json
  app.addContentTypeParser<Buffer>([...types], { parseAs: 'buffer' }, (request, data, done) => {
    done(data.length === 0 ? new HttpError(400, 'The body is empty.') : null, { data, type: request.mediaType })
  })
  // Without a Content-Type, no schema below applies.
  app.addHook('preValidation', async (request) => {
    if (request.method === 'POST' && request.body === undefined) throw new HttpError(400, 'The body is empty.')
  })
  const bytes = types.map((type) => [type, { schema: { contentMediaType: type } }])
  return { content: { 'application/json': { schema: json }, ...Object.fromEntries(bytes) } }
}
