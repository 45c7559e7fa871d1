import fp from 'fastify-plugin'
import { contract } from '../contract.ts'
import { SampleError } from '../ml/errors.ts'
import type { Place } from '../ml/tuning.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Measures the model, runs the sample once, so that no caller waits for the first run; ready afterwards. Throws SampleError. */
    warmUp(): Promise<void>
  }
}

export const warmUpPlugin = fp(
  async (app) => {
    app.decorate('warmUp', async () => {
      const { place, limits } = await app.predictor.warmUp().catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause)
        // A sample that was only derived from the model's shapes may be one that the model cannot run: no proof of a fault.
        if (contract.sample.given) throw new SampleError(`the sample in src/contract.ts fails: ${reason}`, { cause })
        app.log.warn({ reason }, 'the derived sample fails: give one that is real in vars.yaml')
        return app.model.startUnmeasured()
      })
      app.log.info({ ...place, batch: limits }, `${describePlace(place)}: ${place.reason}`)
      app.readiness.warmedUp()
    })
  },
  { name: 'warm-up', dependencies: ['predictor', 'readiness'] },
)

function describePlace({ inferenceThreads }: Place): string {
  if (inferenceThreads === 0) return 'inference on the event loop'
  return inferenceThreads === 1 ? 'inference in one thread' : `inference in ${inferenceThreads} threads`
}
