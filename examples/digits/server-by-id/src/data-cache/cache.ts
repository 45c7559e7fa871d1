import type { FastifyBaseLogger } from 'fastify'
import { IdNotFound } from './errors.ts'
import type { Keys } from './keys.ts'
import { Saver } from './saver.ts'
import type { Source } from './sources/source.ts'
import { CacheStats } from './stats.ts'
import { type KeyMatch, matches, type Tier } from './tier.ts'
import { type DataFile, type Entry, sizeOf, type Value } from './value.ts'

/** Waiting to be saved in slower tiers, at most. */
const SAVING_BYTES = 64 * 2 ** 20
const SAVING_AT_ONCE = 8
/** So that what was filled together does not expire together. */
const JITTER = 0.1

export interface CacheOptions {
  /** The fastest first. */
  readonly tiers: readonly Tier[]
  readonly source: Source
  readonly keys: Keys
  readonly ttlMs: number
  /** How long it is remembered that there is nothing under an id. */
  readonly missingTtlMs: number
  /** Whether what a request had to fetch is kept; else only warm-ups fill the cache. */
  readonly keepsMisses: boolean
  readonly log: FastifyBaseLogger
  /** What is kept of a file. Throws what decode and preprocess throw. */
  make(file: DataFile): Value | Promise<Value>
}

export type Found = Exclude<Value, { kind: 'missing' }>

/** What came of it: it was there, it was loaded, there is nothing under the id, or a tier could not keep it. */
export type Warmed = 'cached' | 'loaded' | 'missing' | 'unsaved'

/** Whether what the source gave is kept, and whether that is waited for. anew: the source is asked whatever the tiers have. */
type Keep = 'not' | 'later' | 'now' | 'anew'

interface Finding {
  readonly entry: Entry
  readonly from: Tier['name'] | 'source'
  readonly isKept: boolean
}

/** Data by id: out of the tiers, or from the source, once for all who ask at the same time. */
export class DataCache {
  readonly stats: CacheStats
  readonly #options: CacheOptions
  readonly #flights = new Map<string, Promise<Finding>>()
  readonly #saver = new Saver({ bytes: SAVING_BYTES, atOnce: SAVING_AT_ONCE })
  /** What is being loaded and kept: a clearing makes it too old for that. */
  readonly #arriving = new Set<Arrival>()

  constructor(options: CacheOptions) {
    this.#options = options
    this.stats = new CacheStats(options.tiers, this.#saver)
    for (const tier of options.tiers) tier.onClear?.((match) => this.#forget(match))
  }

  get tiers(): readonly Tier[] {
    return this.#options.tiers
  }

  get keys(): Keys {
    return this.#options.keys
  }

  get source(): Source {
    return this.#options.source
  }

  /** Throws IdNotFound, SourceDown, SourceSlow, and what decode and preprocess throw. */
  async get(id: string): Promise<Found> {
    const { entry } = await this.#find(id, this.#options.keepsMisses ? 'later' : 'not')
    if (entry.value.kind === 'missing') throw new IdNotFound(id)
    return entry.value
  }

  /** Makes sure that all tiers have it. `anew`: also when it is there already. Throws as `get`, but for an id without data. */
  async warm(id: string, anew = false): Promise<Warmed> {
    const { entry, from, isKept } = await this.#find(id, anew ? 'anew' : 'now')
    if (!isKept) return 'unsaved'
    if (entry.value.kind === 'missing') return 'missing'
    return from === 'source' ? 'loaded' : 'cached'
  }

  /**
   * Gives how many entries were removed, of all tiers together, or of the memory of this process, or of what it shares with
   * others. Throws Unavailable when a tier cannot be asked.
   */
  async clear(match: KeyMatch, where: 'all' | 'memory' | 'shared' = 'all'): Promise<number> {
    this.#outdate(match)
    const tiers = this.tiers.filter(({ name }) => where === 'all' || (name === 'memory') === (where === 'memory'))
    const counts = await Promise.all(tiers.map((tier) => tier.clear(match)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** Resolves when nothing is left to be saved. */
  saved(): Promise<void> {
    return this.#saver.settle()
  }

  /** After what is still to be saved. */
  async close(): Promise<void> {
    await this.saved()
    await Promise.all([this.source.close?.(), ...this.tiers.map((tier) => tier.close())])
  }

  #find(id: string, keep: Keep): Promise<Finding> {
    const key = this.#options.keys.of(id)
    // Who wants it kept, or anew, does not join one who does not.
    const flightKey = keep === 'not' || keep === 'anew' ? `${keep} ${key}` : key
    const flight = this.#flights.get(flightKey)
    if (flight) return flight
    const started = this.#lookUp(id, key, keep).finally(() => this.#flights.delete(flightKey))
    this.#flights.set(flightKey, started)
    return started
  }

  async #lookUp(id: string, key: string, keep: Keep): Promise<Finding> {
    const { tiers, log } = this.#options
    const arrival: Arrival = { key, isOutdated: false }
    if (keep === 'anew') this.#outdate({ prefix: key, suffix: '' })
    this.#arriving.add(arrival)
    try {
      const found = keep === 'anew' ? null : await this.#search(id, arrival)
      if (found) return found
      const entry = await this.#load(id)
      if (keep === 'not') return { entry, from: 'source', isKept: false }
      if (entry.value.kind !== 'missing') log.info(`registering cache: ${id}`)
      const isKept = await this.#keep(tiers, { arrival, entry, keep })
      if (keep === 'anew') await Promise.all(tiers.map((tier) => tier.tellRenewed?.(key)))
      return { entry, from: 'source', isKept }
    } finally {
      this.#arriving.delete(arrival)
    }
  }

  /** In the tiers; what a slow one has, the faster ones get. */
  async #search(id: string, arrival: Arrival): Promise<Finding | null> {
    const { tiers, log } = this.#options
    for (const [place, tier] of tiers.entries()) {
      const asked = tier.get(arrival.key)
      const entry = asked instanceof Promise ? await asked : asked
      this.stats.count(tier.name, entry !== null)
      if (entry === null) continue
      log.info(`cache hit: ${id}`)
      const isKept = await this.#keep(tiers.slice(0, place), { arrival, entry, keep: 'later' })
      return { entry, from: tier.name, isKept }
    }
    return null
  }

  async #load(id: string): Promise<Entry> {
    const { source, make, ttlMs, missingTtlMs } = this.#options
    const start = performance.now()
    const file = await source.fetch(id)
    const fetched = performance.now()
    const value: Value = file === null ? { kind: 'missing' } : await make(file)
    this.stats.countLoad(fetched - start, performance.now() - fetched)
    const ttl = value.kind === 'missing' ? missingTtlMs : ttlMs
    return { value, expiresAt: Date.now() + ttl * (1 + JITTER * (2 * Math.random() - 1)) }
  }

  /** In the memory of this process at once, elsewhere `later` or now. Gives whether it is kept, as far as known. */
  async #keep(tiers: readonly Tier[], { arrival, entry, keep }: Keeping): Promise<boolean> {
    const kept = tiers.map((tier) => {
      const save = () => !arrival.isOutdated && tier.set(arrival.key, entry)
      if (tier.name === 'memory' || keep !== 'later') return save()
      this.#keepLater(tier, { ...arrival }, entry)
      return true
    })
    return (await Promise.all(kept)).every(Boolean)
  }

  #keepLater(tier: Tier, arrival: Arrival, entry: Entry): void {
    const isAccepted = this.#saver.add(sizeOf(entry.value), async () => {
      if (!arrival.isOutdated) await tier.set(arrival.key, entry)
      this.#arriving.delete(arrival)
    })
    if (isAccepted) this.#arriving.add(arrival)
  }

  /** What is on its way is not kept any more. */
  #outdate(match: KeyMatch): void {
    for (const arrival of this.#arriving) if (matches(match, arrival.key)) arrival.isOutdated = true
  }

  /** Another server has cleared what they share: here are copies. */
  #forget(match: KeyMatch): void {
    this.#outdate(match)
    for (const tier of this.tiers) if (tier.name === 'memory') void tier.clear(match)
  }
}

interface Keeping {
  readonly arrival: Arrival
  readonly entry: Entry
  readonly keep: Keep
}

/** Of an entry, from when it is asked for until it is kept. */
interface Arrival {
  readonly key: string
  isOutdated: boolean
}
