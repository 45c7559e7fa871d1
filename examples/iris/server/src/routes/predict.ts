import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { contract } from '../contract.ts'
import type { PredictBody } from '../ml/pipeline.ts'
import { labelSchema, predictionSchema } from '../ml/schema.ts'
import { HttpError } from '../plugins/problem.ts'

/** The model's prediction, and for a classifier its label. */
export async function predictRoutes(app: FastifyInstance): Promise<void> {
  const { predictor } = app
  const { sample, bodySchema, bodyTypes } = predictor.pipeline
  const tags = ['predict']
  const body = takeBytes(app, bodySchema, bodyTypes)
  const prediction = { 200: predictionSchema(contract) }
  const label = { 200: labelSchema(contract) }

  // The schemas of the answers are documentation: predictions are plain JSON already, and large ones are many numbers.
  app.setSerializerCompiler(() => JSON.stringify)

  app.get('/predict/test', { schema: { tags, response: prediction } }, async () => ({
    prediction: await predictor.predict(sample),
  }))
  app.post<{ Body: PredictBody }>('/predict', { schema: { tags, body, response: prediction } }, async (request) => ({
    prediction: await predictor.predict(request.body),
  }))

  if (contract.task !== 'classification') return
  app.get('/predict/test/label', { schema: { tags, response: label } }, async () => ({
    prediction: await predictor.label(sample),
  }))
  app.post<{ Body: PredictBody }>('/predict/label', { schema: { tags, body, response: label } }, async (request) => ({
    prediction: await predictor.label(request.body),
  }))
}

/** The schema of the body; beside JSON, bodies of other types are taken as bytes, which decode checks itself. */
function takeBytes(app: FastifyInstance, json: TSchema, types: readonly string[]): object {
  if (types.length === 0) return json
  app.addContentTypeParser<Buffer>([...types], { parseAs: 'buffer' }, (request, data, done) => {
    done(null, { data, type: request.mediaType })
  })
  // Without a Content-Type, no schema below applies.
  app.addHook('preValidation', async (request) => {
    if (request.method === 'POST' && request.body === undefined) throw new HttpError(400, 'The body is empty.')
  })
  const bytes = types.map((type) => [type, { schema: { contentMediaType: type } }])
  return { content: { 'application/json': { schema: json }, ...Object.fromEntries(bytes) } }
}
