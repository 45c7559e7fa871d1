import type { Saver } from './saver.ts'
import type { Tier } from './tier.ts'

/** What the cache did so far; metrics.ts tells it. */
export class CacheStats {
  readonly hits: Record<Tier['name'], number> = { memory: 0, redis: 0 }
  readonly misses: Record<Tier['name'], number> = { memory: 0, redis: 0 }
  /** Data that was asked of the source, and in how many seconds it was fetched and prepared. */
  loads = 0
  fetchSeconds = 0
  prepareSeconds = 0
  readonly tiers: readonly Tier[]
  readonly #saver: Saver

  constructor(tiers: readonly Tier[], saver: Saver) {
    this.tiers = tiers
    this.#saver = saver
  }

  /** Entries that were not saved because too many waited to be. */
  get dropped(): number {
    return this.#saver.dropped
  }

  count(tier: Tier['name'], hit: boolean): void {
    const counts = hit ? this.hits : this.misses
    counts[tier] += 1
  }

  countLoad(fetchMs: number, prepareMs: number): void {
    this.loads += 1
    this.fetchSeconds += fetchMs / 1000
    this.prepareSeconds += prepareMs / 1000
  }

  /** What each tier holds. */
  usage() {
    return this.tiers.map((tier) => ({ tier: tier.name, ...tier.usage() }))
  }
}
