import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import { Authenticator } from '../guards/authenticator.ts'
import type { Identity } from '../guards/identity.ts'
import { parseRate, RateLimiter } from '../guards/rate-limiter.ts'
import { limitRate } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** For other doors than HTTP; undefined: off. */
    guards: { readonly authenticator: Authenticator | undefined; readonly limiter: RateLimiter | undefined }
  }
  interface FastifyRequest {
    /** Who sends it, where the server asks for it. */
    identity: Identity | null
    /** Why it is refused. */
    refusal: Error | null
    /** Whether it is for what stays open. */
    isOpen: boolean
  }
  interface FastifyContextConfig {
    /** A route of a feature that asks for no key, no token, and knows no rate limit. */
    isOpen?: boolean
  }
}

/** What orchestrators ask. */
const HEALTH: readonly string[] = [
  '/health',
  '/health/live',
  '/health/ready',
  '/v2/health/live',
  '/v2/health/ready',
  '/v2/models/:model/ready',
  '/v2/models/:model/versions/:version/ready',
]
/** In an address, a key is written to the log of every proxy on the way, and to the history of browsers. */
const KEY_IN_QUERY = /^(x-)?(api[-_]?key|access[-_]?token)$/i

/** API keys, tokens and the rate limit, before anything of a request is looked at but its head. */
export const guardsPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const authenticator = await Authenticator.open(config, contract.name, app.log)
    const limiter = config.RATE_LIMIT === '' ? undefined : new RateLimiter(parseRate(config.RATE_LIMIT))
    app.decorate('guards', { authenticator, limiter })
    if (!authenticator && !limiter) return

    const isOpen = openRoutes(config)
    app.decorateRequest('identity', null)
    app.decorateRequest('refusal', null)
    app.decorateRequest('isOpen', false)
    app.addHook('onRequest', (request, _reply, done) => {
      const { url, config: own } = request.routeOptions
      request.isOpen = own.isOpen === true || isOpen(url)
      done()
    })
    if (authenticator) askWho(app, authenticator)
    // Between the two, so that guesses are counted as well.
    if (limiter) await limitRate(app, limiter)
    if (authenticator) refuse(app)
  },
  { name: 'guards' },
)

function askWho(app: FastifyInstance, authenticator: Authenticator): void {
  app.addHook('onClose', async () => authenticator.close())
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.isOpen) return done()
    const accept = (identity: Identity) => {
      request.identity = identity
      done()
    }
    const note = (error: unknown) => {
      request.refusal = error instanceof Error ? error : new Error(String(error))
      done()
    }
    try {
      if (hasKeyInQuery(request))
        throw authenticator.refuse('A key in the address is refused, as it ends up in logs: send it in a header.')
      const { authorization, 'x-api-key': apiKey } = request.headers
      const identity = authenticator.authenticate({ apiKey: apiKey?.toString(), authorization })
      if (identity instanceof Promise) void identity.then(accept, note)
      else accept(identity)
    } catch (error) {
      note(error)
    }
  })
}

function refuse(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => (request.refusal ? done(request.refusal) : done()))
}

function hasKeyInQuery(request: FastifyRequest): boolean {
  return request.url.includes('?') && Object.keys(Object(request.query)).some((name) => KEY_IN_QUERY.test(name))
}

/** By the route that answers, not by what was asked for: the two can be written differently. */
function openRoutes({ GUARD_HEALTH, GUARD_METRICS, GUARD_DOCS }: Config): (route: string | undefined) => boolean {
  const open = new Set([...(GUARD_HEALTH === 'off' ? HEALTH : []), ...(GUARD_METRICS === 'off' ? ['/metrics'] : [])])
  return (route) =>
    route !== undefined &&
    (open.has(route) || (GUARD_DOCS === 'off' && (route === '/docs' || route.startsWith('/docs/'))))
}
