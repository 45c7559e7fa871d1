import type { FastifyBaseLogger } from 'fastify'
import type { MakeMetrics } from '../metrics/late-registry.ts'
import type { Entry, Value } from './value.ts'

/** A place where entries are kept, faster than their source. */
export interface Tier {
  readonly name: 'memory' | 'redis'
  /** null: not there, expired, corrupt, or the tier cannot be asked. Never throws. */
  get(key: string): Entry | null | Promise<Entry | null>
  /** Keeps it until it expires, or something else needs its room. Never throws; false: it was not kept. */
  set(key: string, entry: Entry): boolean | Promise<boolean>
  /** Removes all entries whose key matches; gives how many. Throws Unavailable when the tier cannot be asked. */
  clear(match: KeyMatch): number | Promise<number>
  /** Of a tier that servers share: calls `hear` with what others clear or renew, and with all when it may not have heard of it. */
  onClear?(hear: (match: KeyMatch) => void): void
  /** Of a tier that servers share: this key has a new value. Never throws. */
  tellRenewed?(key: string): Promise<void>
  /** Waits for a connection, some seconds at most. Throws Unavailable. */
  untilReady?(): Promise<void>
  usage(): TierUsage
  /** What it can tell beside its usage. */
  metrics?(): MakeMetrics
  close(): void | Promise<void>
}

/** What tiers are opened with, beside the settings. */
export interface TierContext {
  /** On which servers with the same source tell each other what they clear. */
  readonly channel: string
  /** All that they have in common. */
  readonly all: KeyMatch
  /** Whether it is something that the model can be given. What is kept elsewhere may have been written by anybody. */
  accepts(value: Value): boolean
  readonly log: FastifyBaseLogger
}

/** Keys of one source (key.ts): those of an id, those of another code than the present one, or all. */
export interface KeyMatch {
  /** What a key begins with. */
  readonly prefix: string
  /** What a key ends with; empty: anything. */
  readonly suffix: string
  /** Not those that begin so. */
  readonly except?: string | null
}

export function matches({ prefix, suffix, except }: KeyMatch, key: string): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix) && !(except && key.startsWith(except))
}

/** For the metrics; null: this tier does not know. */
export interface TierUsage {
  readonly entries: number | null
  readonly bytes: number | null
  /** Entries that made room for others, so far. */
  readonly evictions: number | null
  /** Of a tier that may be away: open while it is not asked. */
  readonly breaker?: 'closed' | 'half-open' | 'open'
}
