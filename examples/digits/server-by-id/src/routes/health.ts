import type { FastifyInstance } from 'fastify'

const TAGS = { tags: ['health'] }

/** Liveness: the process answers. Readiness: it should be sent requests. */
export async function healthRoutes(app: FastifyInstance): Promise<void> {
  app.get('/health', { schema: TAGS }, async () => ({ health: 'ok' }))
  app.get('/health/live', { schema: TAGS }, async () => ({ health: 'ok' }))
  app.get('/health/ready', { schema: TAGS }, async (_request, reply) => {
    const ready = app.readiness.isReady()
    return reply.code(ready ? 200 : 503).send({ ready })
  })
}
