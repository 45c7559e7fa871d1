import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster, type Redis } from 'ioredis'
import type { KeyMatch } from '../tier.ts'
import type { Connection } from './connect.ts'

const RECONNECT_MS = 500

/** Where servers with the same source tell each other what they clear (Redis' publish and subscribe). */
export class Channel {
  readonly #connection: Connection
  readonly #name: string
  /** Of this process: what it says itself it need not hear. */
  readonly #self = randomUUID()
  readonly #closing = new AbortController()

  constructor(connection: Connection, name: string) {
    this.#connection = connection
    this.#name = name
  }

  async publish(match: KeyMatch): Promise<void> {
    await this.#connection.publish(this.#name, JSON.stringify({ from: this.#self, match }))
  }

  /** Until it is closed. null: it was away for a while, and may have missed something. */
  async listen(hear: (match: KeyMatch | null) => void): Promise<void> {
    for (let isFirst = true; !this.#closing.signal.aborted; isFirst = false) {
      const subscriber = openSubscriber(this.#connection)
      if (subscriber) await this.#follow(subscriber, hear, isFirst)
      await sleep(RECONNECT_MS, undefined, { ref: false, signal: this.#closing.signal }).catch(() => undefined)
    }
  }

  close(): void {
    this.#closing.abort()
  }

  /** Resolves when the connection has ended. */
  async #follow(subscriber: Redis, hear: (match: KeyMatch | null) => void, isFirst: boolean): Promise<void> {
    const { signal } = this.#closing
    const stop = () => subscriber.disconnect()
    signal.addEventListener('abort', stop)
    const ended = new Promise<void>((resolve) => subscriber.once('end', resolve))
    // Why it cannot be had, the other connection says.
    subscriber.on('error', () => undefined)
    subscriber.on('message', (_channel, text) => {
      const { from, match } = readMessage(text)
      if (from !== this.#self && match !== null) hear(match)
    })
    try {
      await subscriber.connect()
      await subscriber.subscribe(this.#name)
      if (!isFirst) hear(null)
    } catch {
      subscriber.disconnect()
    }
    await ended
    signal.removeEventListener('abort', stop)
  }
}

/** A connection of its own, that ends when it is lost: then another node may be the one to listen to. undefined: no node is known yet. */
function openSubscriber(connection: Connection): Redis | undefined {
  const options = { lazyConnect: true, retryStrategy: null, enableOfflineQueue: true } as const
  if (!(connection instanceof Cluster)) return connection.duplicate(options)
  const nodes = connection.nodes('all')
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  return node?.duplicate(options)
}

/** Who knows what else is said on that channel. */
function readMessage(text: string): { from: unknown; match: KeyMatch | null } {
  try {
    const { from, match } = Object(JSON.parse(text))
    const { prefix, suffix, except } = Object(match)
    if (typeof prefix !== 'string' || typeof suffix !== 'string') return { from, match: null }
    return { from, match: { prefix, suffix, except: typeof except === 'string' ? except : null } }
  } catch {
    return { from: null, match: null }
  }
}
