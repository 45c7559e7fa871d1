import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { contract } from '../contract.ts'
import type { Call } from '../ml/call.ts'
import type { PredictBody } from '../ml/pipeline.ts'
import { labelSchema, predictionSchema } from '../ml/schema.ts'
import { HttpError } from '../plugins/problem.ts'
import { InvalidInput } from '../transforms/errors.ts'

/** The model's prediction, and for a classifier its label. */
export async function predictRoutes(app: FastifyInstance): Promise<void> {
  const { predictor } = app
  const { bodySchema, bodyTypes } = predictor.pipeline
  const tags = ['predict']
  const body = takeBytes(app, bodySchema, bodyTypes)
  const prediction = { 200: predictionSchema(contract) }
  const label = { 200: labelSchema(contract) }

  // The schemas of the answers are documentation: predictions are plain JSON already, and large ones are many numbers.
  app.setSerializerCompiler(() => JSON.stringify)

  app.get('/predict/test', { schema: { tags, response: prediction } }, async (request, reply) => ({
    prediction: await predictor.predict(predictor.sample, app.callOf(request, reply)),
  }))
  app.post<{ Body: PredictBody }>(
    '/predict',
    { schema: { tags, body, response: prediction } },
    async (request, reply) => ({ prediction: await predictor.predict(request.body, app.callOf(request, reply)) }),
  )

  if (contract.task !== 'classification') return
  const labels = async (sample: PredictBody, { k }: TopQuery, call: Call) => ({
    prediction: await (k === undefined
      ? predictor.label(sample, call)
      : predictor.topLabels(sample, readCount(k), call)),
  })
  const querystring = topQuerySchema()
  app.get<{ Querystring: TopQuery }>(
    '/predict/test/label',
    { schema: { tags, querystring, response: label } },
    (request, reply) => labels(predictor.sample, request.query, app.callOf(request, reply)),
  )
  app.post<{ Body: PredictBody; Querystring: TopQuery }>(
    '/predict/label',
    { schema: { tags, body, querystring, response: label } },
    (request, reply) => labels(request.body, request.query, app.callOf(request, reply)),
  )
}

/** `?k=5`: the five best labels with their scores, instead of the best one. */
interface TopQuery {
  readonly k?: unknown
}

function topQuerySchema(): TSchema {
  return Type.Object({
    k: Type.Optional(Type.Unsafe({ description: 'the k best labels with their scores, best first' })),
  })
}

function readCount(k: unknown): number {
  if (typeof k === 'string' && /^[1-9]\d{0,8}$/.test(k)) return Number(k)
  throw new InvalidInput({
    pointer: '',
    detail: 'k must be a whole number, at least 1 and at most the number of classes',
  })
}

/** The schema of the body; beside JSON, bodies of other types are taken as bytes, which decode checks itself. */
function takeBytes(app: FastifyInstance, json: TSchema, types: readonly string[]): object {
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
