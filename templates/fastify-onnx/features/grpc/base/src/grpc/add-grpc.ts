import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { announceCalls } from './announce.ts'
import { receiveCalls } from './arrival.ts'
import { GrpcDoor } from './door.ts'
import { guardCalls } from './guard.ts'
import { addHealthService, HealthWatches } from './health.ts'
import { addInferenceService } from './inference-service.ts'
import type { GrpcSettings } from './settings.ts'
import { makeExplain } from './status.ts'

/** Decorates `app.grpc`, which does not listen yet. */
export async function addGrpc(app: FastifyInstance, config: Config & GrpcSettings): Promise<void> {
  const explain = makeExplain(app.log, app.metrics.reject)
  const arrival = receiveCalls(config.RECEIVE_TIMEOUT_MS, explain)
  const interceptors = [arrival, announceCalls(app.model), ...(await guardCalls(app, config, explain))]
  const door = new GrpcDoor({ app, config, explain, interceptors })
  const watches = new HealthWatches(app.readiness)
  addInferenceService(door.methods, app, config)
  addHealthService(door.methods, watches)
  app.decorate('grpc', door)
  // Before the model is closed, and while HTTP still finishes what it has.
  app.addHook('preClose', async () => {
    door.stopListening()
    watches.end()
    await door.finish(config.SHUTDOWN_TIMEOUT_MS)
  })
}
