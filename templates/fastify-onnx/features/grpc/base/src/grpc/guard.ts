import { type Metadata, ServerInterceptingCall, type ServerInterceptor, type ServerListener } from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import type { Identity } from '../guards/identity.ts'
import { TooManyRequests } from '../guards/refusal.ts'
import { idOf } from './arrival.ts'
import { callerAddress, trustedProxies } from './caller-address.ts'
import { Health } from './health_pb.ts'
import { pathOf } from './methods.ts'
import { GRPCInferenceService } from './open_inference_pb.ts'
import type { Explain } from './status.ts'

const { serverLive, serverReady, modelReady } = GRPCInferenceService.method
const { check, watch } = Health.method
/** What orchestrators ask, as plugins/guards.ts has it for HTTP. */
const HEALTH = [serverLive, serverReady, modelReady, check, watch].map(pathOf)

type Guards = FastifyInstance['guards']
type Limiter = NonNullable<Guards['limiter']>

/** The guards of HTTP for gRPC, before a message is read: keys, tokens and the rate limit, each one for both doors. */
export async function guardCalls(
  { guards }: FastifyInstance,
  config: Config,
  explain: Explain,
): Promise<readonly ServerInterceptor[]> {
  const { authenticator, limiter } = guards
  if (!authenticator && !limiter) return []
  const open = new Set(config.GUARD_HEALTH === 'off' ? HEALTH : [])
  const count = limiter && (await countCalls(limiter, config))

  /** Throws Refusal. */
  async function admit(metadata: Metadata, peer: string): Promise<void> {
    let refusal: unknown
    const credentials = { apiKey: text(metadata, 'x-api-key'), authorization: text(metadata, 'authorization') }
    const identity = await Promise.resolve(credentials)
      .then((shown) => authenticator?.authenticate(shown))
      .catch((error: unknown) => {
        refusal = error
      })
    // Between the two, so that guesses are counted as well.
    count?.(identity ?? undefined, metadata, peer)
    if (refusal) throw refusal
  }

  return [
    ({ path }, call) => {
      if (open.has(path)) return new ServerInterceptingCall(call)
      const refuse = (error: unknown, metadata: Metadata) =>
        call.sendStatus(explain(error, { id: idOf(metadata), path }))
      const onReceiveMetadata: ServerListener['onReceiveMetadata'] = (metadata, proceed) => {
        admit(metadata, call.getPeer()).then(
          () => proceed(metadata),
          (error) => refuse(error, metadata),
        )
      }
      return new ServerInterceptingCall(call, { start: (next) => next({ onReceiveMetadata }) })
    },
  ]
}

type Count = (identity: Identity | undefined, metadata: Metadata, peer: string) => void

/** Throws TooManyRequests. */
async function countCalls(limiter: Limiter, config: Config): Promise<Count> {
  const { normalizeIP } = await import('@fastify/rate-limit')
  const trusts = trustedProxies(config)
  const { max, windowMs } = limiter.rate
  return (identity, metadata, peer) => {
    const address = () => normalizeIP(callerAddress(peer, text(metadata, 'x-forwarded-for'), trusts))
    const { current, ttl } = limiter.count(identity ? `${identity.kind}:${identity.name}` : `address:${address()}`)
    if (current <= max) return
    throw new TooManyRequests(`More than ${max} requests in ${windowMs / 1000} s: wait.`, Math.ceil(ttl / 1000))
  }
}

function text(metadata: Metadata, name: string): string | undefined {
  return metadata.get(name)[0]?.toString()
}
