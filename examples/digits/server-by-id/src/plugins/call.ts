import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { Call } from '../ml/call.ts'
import { HttpError } from './problem.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who waits for the answer, and how long: REQUEST_TIMEOUT_MS, or less by the header. Throws HttpError 400. */
    callOf(request: FastifyRequest, reply: FastifyReply): Call
  }
}

/** The header by which a caller says how long it waits, in milliseconds. */
const TIMEOUT_HEADER = 'x-request-timeout-ms'

export const callPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const longest = config.REQUEST_TIMEOUT_MS || Number.POSITIVE_INFINITY
    app.decorate('callOf', (request, reply) => {
      const asked = request.headers[TIMEOUT_HEADER]
      const timeoutMs = asked === undefined ? longest : Math.min(longest, readTimeout(asked))
      return new Call({ id: request.id, origin: request.raw, timeoutMs, isGone: () => reply.raw.destroyed })
    })
  },
  { name: 'call' },
)

function readTimeout(header: string | string[]): number {
  if (typeof header === 'string' && /^[1-9]\d{0,8}$/.test(header)) return Number(header)
  throw new HttpError(400, `The header ${TIMEOUT_HEADER} must be a whole number of milliseconds, at least 1.`)
}
