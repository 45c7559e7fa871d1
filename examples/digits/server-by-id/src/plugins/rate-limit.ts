import type { FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import type { Count, RateLimiter } from '../guards/rate-limiter.ts'
import { TooManyRequests } from '../guards/refusal.ts'

/** RATE_LIMIT: each key and token has its own; whoever has neither shares that of the address. */
export async function limitRate(app: FastifyInstance, limiter: RateLimiter): Promise<void> {
  // Loaded on demand: it is not needed by a server without a limit.
  const { default: rateLimit, normalizeIP } = await import('@fastify/rate-limit')
  const { max, windowMs } = limiter.rate
  await app.register(rateLimit, {
    global: false,
    max,
    timeWindow: windowMs,
    store: storeOf(limiter),
    // The names of the draft, as x-ratelimit-* means other things elsewhere.
    enableDraftSpec: true,
    allowList: (request) => request.isOpen,
    // Of IPv6, whoever has one address has 2^64 of them: the network counts.
    keyGenerator: ({ identity, ip }) => (identity ? `${identity.kind}:${identity.name}` : `address:${normalizeIP(ip)}`),
    errorResponseBuilder: (_request, { ttl }) =>
      new TooManyRequests(`More than ${max} requests in ${windowMs / 1000} s: wait.`, Math.ceil(ttl / 1000)),
  })
  app.addHook('onRequest', app.rateLimit())
  app.log.info(`guard: rate limit, ${max} requests in ${windowMs / 1000} s for each key, token or address`)
}

/** The plugin counts in what all doors count in. */
function storeOf(limiter: RateLimiter): new () => FastifyRateLimitStore {
  return class {
    incr(caller: string, callback: (error: Error | null, count?: Count) => void): void {
      callback(null, limiter.count(caller))
    }

    child(): FastifyRateLimitStore {
      return this
    }
  }
}
