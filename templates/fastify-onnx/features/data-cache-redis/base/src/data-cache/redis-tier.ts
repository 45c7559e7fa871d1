import { once } from 'node:events'
import type { FastifyBaseLogger } from 'fastify'
import type { MakeMetrics } from '../metrics/late-registry.ts'
import { Unavailable } from '../ml/errors.ts'
import { decodeEntry, encodeEntry } from './entry.ts'
import { Channel } from './redis/channel.ts'
import { type Connection, openConnection } from './redis/connect.ts'
import { Guard } from './redis/guard.ts'
import { redisMetrics } from './redis/metrics.ts'
import { removeKeys } from './redis/remove.ts'
import type { RedisSettings } from './redis/settings.ts'
import type { KeyMatch, Tier, TierContext, TierUsage } from './tier.ts'
import type { Entry } from './value.ts'

/** Nobody waits for what is saved in the background. */
const SAVE_MS = 1000
/** How long a command line waits for a connection. */
const CONNECT_MS = 5000

/**
 * Entries in Redis or Valkey, which servers share. It evicts by itself (maxmemory-policy); entries expire there. Whatever is
 * wrong with it is a miss.
 */
export class RedisTier implements Tier {
  readonly name = 'redis'
  readonly #context: TierContext
  readonly #timeoutMs: number
  readonly #connection: Connection
  readonly #guard: Guard
  readonly #channel: Channel
  #problem = ''

  /** Connects in the background. Throws ConfigError. */
  constructor(settings: RedisSettings, context: TierContext) {
    this.#context = context
    this.#timeoutMs = settings.REDIS_TIMEOUT_MS
    this.#connection = openConnection(settings)
    this.#guard = new Guard(context.log)
    this.#channel = new Channel(this.#connection, context.channel)
    this.#watch(context.log)
  }

  /** Commands do not wait for one another's answers: those of many ids are one round trip. */
  async get(key: string): Promise<Entry | null> {
    try {
      const bytes = await this.#guard.run(this.#timeoutMs, () => this.#connection.getBuffer(key))
      const entry = bytes && decodeEntry(bytes)
      if (!entry || entry.expiresAt <= Date.now() || !this.#context.accepts(entry.value)) return null
      return entry
    } catch {
      return null // The guard says what is wrong, once.
    }
  }

  async set(key: string, entry: Entry): Promise<boolean> {
    const ttlMs = Math.ceil(entry.expiresAt - Date.now())
    if (ttlMs <= 0) return false
    try {
      const bytes = encodeEntry(entry)
      await this.#guard.run(SAVE_MS, () => this.#connection.set(key, bytes, 'PX', ttlMs))
      return true
    } catch {
      return false
    }
  }

  /** Others hear of it before, so that they keep nothing that was on its way, and after, as they may have found it meanwhile. */
  async clear(match: KeyMatch): Promise<number> {
    try {
      await this.#channel.publish(match)
      const count = await removeKeys(this.#connection, match)
      await this.#channel.publish(match)
      return count
    } catch (error) {
      throw new Unavailable(`Redis cannot be asked to clear it: ${messageOf(error)}.`)
    }
  }

  onClear(hear: (match: KeyMatch) => void): void {
    void this.#channel.listen((match) => hear(match ?? this.#context.all))
  }

  async tellRenewed(key: string): Promise<void> {
    await this.#channel.publish({ prefix: key, suffix: '' }).catch(() => undefined)
  }

  async untilReady(): Promise<void> {
    if (this.#connection.status === 'ready') return
    await once(this.#connection, 'ready', { signal: AbortSignal.timeout(CONNECT_MS) }).catch(() => {
      throw new Unavailable(`Redis cannot be reached: ${this.#problem || 'it does not answer'}.`)
    })
  }

  usage(): TierUsage {
    return { entries: null, bytes: null, evictions: null, breaker: this.#guard.state }
  }

  metrics(): MakeMetrics {
    return redisMetrics(this.#connection)
  }

  close(): void {
    this.#channel.close()
    this.#connection.disconnect()
  }

  /** Says once what is wrong, and once that it is right again. */
  #watch(log: FastifyBaseLogger): void {
    this.#connection.on('error', (error) => {
      const problem = messageOf(error)
      if (this.#problem === '') log.warn({ reason: problem }, 'redis cannot be reached')
      this.#problem = problem
    })
    this.#connection.on('ready', () => {
      if (this.#problem !== '') log.info('redis is connected')
      this.#problem = ''
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
