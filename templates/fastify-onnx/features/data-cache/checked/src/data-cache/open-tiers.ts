import { MemoryTier } from './memory-tier.ts'
import type { CacheSettings } from './settings.ts'
import type { Tier, TierContext } from './tier.ts'

export const tierEnv = {}

/** Stands for what is rendered from vars.yaml. */
export function openTiers(config: CacheSettings, _context: TierContext): readonly Tier[] {
  return [new MemoryTier(config.CACHE_MEMORY_MB)]
}
