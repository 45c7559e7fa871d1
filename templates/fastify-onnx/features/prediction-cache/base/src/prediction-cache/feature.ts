import type { Feature } from '../feature.ts'
import { keyOf } from './key.ts'
import { predictionMetrics } from './metrics.ts'
import { PredictionCache } from './prediction-cache.ts'
import { env } from './settings.ts'

const MIB = 2 ** 20

declare module 'fastify' {
  interface FastifyInstance {
    predictionCache: PredictionCache
  }
}

/** Who asks what was asked before gets what the model answered then; postprocess always runs. */
export const feature: Feature<typeof env> = {
  name: 'prediction-cache',
  env,
  wrap(inner, { config, contract }, app) {
    const cache = new PredictionCache({
      bytes: config.PREDICTION_CACHE_MB * MIB,
      ttlMs: config.PREDICTION_CACHE_TTL_S * 1000,
    })
    app.decorate('predictionCache', cache)
    const hash = contract.model.sha256 + (contract.encoder?.sha256 ?? '')
    return {
      ...inner,
      async infer(tensors, outputs, call) {
        const key = keyOf(hash, tensors, outputs)
        const kept = cache.get(key)
        if (kept) return kept
        const answered = await inner.infer(tensors, outputs, call)
        cache.set(key, answered)
        return answered
      },
    }
  },
  register(app) {
    app.metrics.add(predictionMetrics(app.predictionCache))
  },
}
