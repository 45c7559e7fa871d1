import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { sampleRate } from '../logs/sample-rate.ts'

/** REQUEST_LOG: one line per request, or per sampled one, when it is answered. */
export const requestLogPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const rate = sampleRate(config.REQUEST_LOG, config.REQUEST_LOG_SAMPLE)
    if (rate === 0) return
    app.addHook('onResponse', (request, reply, done) => {
      if (Math.random() < rate) {
        const ms = Math.round(reply.elapsedTime * 1000) / 1000
        // Without the query: somebody may have put a key into it.
        const path = request.url.split('?', 1).join()
        request.log.info({ method: request.method, path, status: reply.statusCode, ms }, 'request')
      }
      done()
    })
  },
  { name: 'request-log' },
)
