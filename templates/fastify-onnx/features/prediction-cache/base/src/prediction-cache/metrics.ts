import type { MakeMetrics } from '../metrics/late-registry.ts'
import type { PredictionCache } from './prediction-cache.ts'

export function predictionMetrics(cache: PredictionCache): MakeMetrics {
  return ({ Counter, Gauge }, registry) => {
    const registers = [registry]
    const counter = (name: string, help: string, read: () => number) =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        },
      })
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    counter('inference_prediction_cache_hits_total', 'Answers of the model that were given again.', () => cache.hits)
    counter('inference_prediction_cache_misses_total', 'Tensors that the model was run on.', () => cache.misses)
    gauge('inference_prediction_cache_entries', 'Answers that are kept.', () => cache.entries)
    gauge('inference_prediction_cache_bytes', 'Memory of the answers that are kept, about.', () => cache.bytes)
  }
}
