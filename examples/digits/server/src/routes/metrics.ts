import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { CONTENT_TYPE } from '../metrics/report.ts'

/** For Prometheus. */
export async function metricsRoutes(app: FastifyInstance): Promise<void> {
  const schema = { tags: ['metrics'], response: { 200: { content: { 'text/plain': { schema: Type.String() } } } } }
  app.get('/metrics', { schema }, async (_request, reply) => reply.type(CONTENT_TYPE).send(await app.metrics.write()))
}
