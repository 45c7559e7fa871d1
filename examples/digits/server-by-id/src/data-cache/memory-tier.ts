import { LRUCache } from 'lru-cache'
import { type KeyMatch, matches, type Tier, type TierUsage } from './tier.ts'
import { type Entry, sizeOf } from './value.ts'

const MIB = 2 ** 20

/** Entries in this process, the least recently used ones dropped first. A hit costs no copy: whoever gets one must not write to it. */
export class MemoryTier implements Tier {
  readonly name = 'memory'
  readonly #entries: LRUCache<string, Entry>
  #evictions = 0

  constructor(maxMebibytes: number) {
    this.#entries = new LRUCache({
      maxSize: maxMebibytes * MIB,
      sizeCalculation: ({ value }, key) => sizeOf(value) + key.length,
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.#evictions += 1
      },
    })
  }

  get(key: string): Entry | null {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    if (entry.expiresAt > Date.now()) return entry
    this.#entries.delete(key)
    return null
  }

  set(key: string, entry: Entry): boolean {
    this.#entries.set(key, entry)
    return this.#entries.has(key)
  }

  clear(match: KeyMatch): number {
    const keys = [...this.#entries.keys()].filter((key) => matches(match, key))
    for (const key of keys) this.#entries.delete(key)
    return keys.length
  }

  usage(): TierUsage {
    return { entries: this.#entries.size, bytes: this.#entries.calculatedSize, evictions: this.#evictions }
  }

  close(): void {
    this.#entries.clear()
  }
}
