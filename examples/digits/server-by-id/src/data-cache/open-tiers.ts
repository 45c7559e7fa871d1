import { MemoryTier } from './memory-tier.ts'
import type { CacheSettings } from './settings.ts'
import type { Tier, TierContext } from './tier.ts'

/** Environment variables of these tiers alone. */
export const tierEnv = {}

/** Where entries are kept, the fastest first. Throws ConfigError. */
export function openTiers(config: CacheSettings, _context: TierContext): readonly Tier[] {
  return [new MemoryTier(config.CACHE_MEMORY_MB)]
}
