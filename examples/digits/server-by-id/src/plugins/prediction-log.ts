import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import { predictionRecord } from '../logs/prediction-record.ts'
import { openWriter } from '../logs/prediction-writer.ts'
import { sampleRate } from '../logs/sample-rate.ts'
import { addCounter } from '../metrics/counters.ts'
import { type RequestEvent, watch } from '../ml/events.ts'

/** PREDICTION_LOG: a line for each prediction, or each sampled one, made after its answer is on the way. */
export const predictionLogPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const rate = sampleRate(config.PREDICTION_LOG, config.PREDICTION_LOG_SAMPLE)
    if (rate === 0) return
    const dropped = addCounter(
      app.metrics,
      'inference_prediction_log_dropped_total',
      'Lines of the prediction log that were given up, as they came faster than they could be written.',
    )
    const writer = await openWriter({
      file: config.PREDICTION_LOG_FILE,
      redact: splitPaths(config.PREDICTION_LOG_REDACT),
      onDrop: dropped,
      onError: (err) => app.log.error({ err }, 'cannot write the prediction log'),
    })

    let waiting: RequestEvent[] = []
    function writeAll(): void {
      const events = waiting
      waiting = []
      for (const event of events) writer.write(predictionRecord(event, contract, config.PREDICTION_LOG_INPUT))
    }
    const unwatch = watch('request', app.model, (event) => {
      if (Math.random() >= rate) return
      // In the next turn of the event loop, so that no answer of this one waits.
      if (waiting.push(event) === 1) setImmediate(writeAll)
    })
    app.addHook('onClose', async () => {
      unwatch()
      writeAll()
      await writer.close()
    })
  },
  { name: 'prediction-log', dependencies: ['predictor', 'metrics'] },
)

/** `input["a,b"],output` are two. */
function splitPaths(list: string): readonly string[] {
  return list
    .split(/,(?![^[]*\])/)
    .map((path) => path.trim())
    .filter(Boolean)
}
