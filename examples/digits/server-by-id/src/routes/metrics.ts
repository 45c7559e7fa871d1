import type { FastifyInstance } from 'fastify'

/** Of the text format of Prometheus. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** For Prometheus. */
export async function metricsRoutes(app: FastifyInstance): Promise<void> {
  const schema = { tags: ['metrics'], response: { 200: { content: { 'text/plain': { schema: { type: 'string' } } } } } }
  app.get('/metrics', { schema }, async (_request, reply) => reply.type(CONTENT_TYPE).send(await app.metrics.write()))
}
