import type { Feature } from '../feature.ts'
import type { GrpcDoor } from './door.ts'
import { env } from './settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    grpc: GrpcDoor
  }
}

/** The Open Inference Protocol over gRPC, beside HTTP and with the same model, queue and guards; and the health checks of gRPC. */
export const feature: Feature<typeof env> = {
  name: 'grpc',
  env,
  async register(app, { config }) {
    // Not loaded by the supervisor of several processes, which knows features by their settings only.
    const { addGrpc } = await import('./add-grpc.ts')
    await addGrpc(app, config)
  },
  listen: (app) => app.grpc.listen(),
}
