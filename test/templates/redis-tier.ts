import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type {
  KeyMatch,
  TierContext,
} from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/tier.ts'
import type { Entry } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/value.ts'
import {
  type RedisSettings,
  redisEnv,
} from '../../templates/fastify-onnx/features/data-cache-redis/base/src/data-cache/redis/settings.ts'
import { RedisTier } from '../../templates/fastify-onnx/features/data-cache-redis/base/src/data-cache/redis-tier.ts'
import { until } from '../helpers/processes.ts'

export const PREFIX = 'cis:1:test:'
export const ALL: KeyMatch = { prefix: PREFIX, suffix: '' }

const DEFAULTS = Object.fromEntries(Object.entries(redisEnv).map(([name, schema]) => [name, schema.default]))

/** A tier as a server has it, until the test ends; patient, as test machines are slow. Does not wait for a connection. */
export function openTier(settings: Partial<RedisSettings>, more: Partial<TierContext> = {}): RedisTier {
  const context: TierContext = {
    channel: `${PREFIX}clear`,
    all: ALL,
    accepts: () => true,
    log: pino({ level: 'silent' }),
    ...more,
  }
  // The defaults are those of the schema, which Ajv would fill in.
  const tier = new RedisTier({ ...(DEFAULTS as RedisSettings), REDIS_TIMEOUT_MS: 2000, ...settings }, context)
  onTestFinished(() => tier.close())
  return tier
}

/** The same, connected. */
export async function connectTier(
  settings: Partial<RedisSettings>,
  more: Partial<TierContext> = {},
): Promise<RedisTier> {
  const tier = openTier(settings, more)
  await tier.untilReady()
  return tier
}

export function entryOf(bytes: number, ttlMs = 60_000): Entry {
  const data = Float32Array.from({ length: bytes / 4 }, (_, index) => index)
  const value = { kind: 'tensors', tensors: [{ dtype: 'float32', shape: [1, bytes / 4], data }] } as const
  return { value, expiresAt: Date.now() + ttlMs }
}

/** Until what is kept comes back: the tier has found its way again. */
export async function untilKept(tier: RedisTier, key = `${PREFIX}again`): Promise<void> {
  await until(async () => (await tier.set(key, entryOf(4))) && (await tier.get(key)) !== null)
}
