import type { FastifyInstance } from 'fastify'
import { contract } from '../contract.ts'
import { serverMetadata } from '../v2/metadata.ts'
import { v2ModelRoutes } from './v2-model.ts'

/** The Open Inference Protocol V2, with binary tensors: what KServe, Triton and their clients speak. */
export async function v2Routes(app: FastifyInstance): Promise<void> {
  const schema = { tags: ['v2'] }
  const metadata = serverMetadata(contract)

  for (const url of ['/v2', '/v2/']) app.get(url, { schema }, async () => metadata)
  app.get('/v2/health/live', { schema }, async () => ({ live: true }))
  app.get('/v2/health/ready', { schema }, async (_request, reply) => {
    const ready = app.readiness.isReady()
    return reply.code(ready ? 200 : 503).send({ ready })
  })
  app.get('/v2/models', { schema }, async () => ({ models: [contract.name] }))

  await app.register(v2ModelRoutes, { prefix: '/v2/models/:model' })
  await app.register(v2ModelRoutes, { prefix: '/v2/models/:model/versions/:version' })
}
