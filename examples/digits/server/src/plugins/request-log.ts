import fp from 'fastify-plugin'
import type { Config } from '../config.ts'

/** REQUEST_LOG=all: one line per request, when it is answered. */
export const requestLogPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    if (config.REQUEST_LOG === 'off') return
    app.addHook('onResponse', async (request, reply) => {
      request.log.info(
        {
          method: request.method,
          path: request.url,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 1000) / 1000,
        },
        'request',
      )
    })
  },
  { name: 'request-log' },
)
