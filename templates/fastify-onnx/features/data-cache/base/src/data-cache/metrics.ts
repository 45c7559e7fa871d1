import type { MakeMetrics } from '../metrics/late-registry.ts'
import type { CacheStats } from './stats.ts'

/** What GET /metrics tells of the cache: hits, misses, what is kept, and what the source costs. */
export function cacheMetrics(stats: CacheStats): MakeMetrics {
  return ({ Counter, Gauge }, registry) => {
    const registers = [registry]
    const usage = (part: 'entries' | 'bytes' | 'evictions') =>
      stats.usage().flatMap((each) => (each[part] === null ? [] : [{ tier: each.tier, value: each[part] }]))

    const counter = (name: string, help: string, read: () => readonly { tier?: string; value: number }[]) =>
      new Counter({
        name,
        help,
        registers,
        labelNames: ['tier'],
        collect() {
          this.reset()
          for (const { value, ...labels } of read()) this.inc(labels, value)
        },
      })
    const gauge = (name: string, help: string, part: 'entries' | 'bytes') =>
      new Gauge({
        name,
        help,
        registers,
        labelNames: ['tier'],
        collect() {
          for (const { tier, value } of usage(part)) this.set({ tier }, value)
        },
      })
    const perTier = (counts: Readonly<Record<string, number>>) =>
      stats.tiers.map(({ name }) => ({ tier: name, value: counts[name] ?? 0 }))

    counter('inference_cache_hits_total', 'Ids that were found in a tier.', () => perTier(stats.hits))
    counter('inference_cache_misses_total', 'Ids that were not found in a tier.', () => perTier(stats.misses))
    counter('inference_cache_evictions_total', 'Entries that made room for others.', () => usage('evictions'))
    gauge('inference_cache_entries', 'Entries in a tier.', 'entries')
    gauge('inference_cache_bytes', 'Memory of the entries in a tier, about.', 'bytes')
    counter('inference_cache_loads_total', 'Data that was fetched from the source.', () => [{ value: stats.loads }])
    counter('inference_cache_fetch_seconds_total', 'Time in which data was fetched from the source.', () => [
      { value: stats.fetchSeconds },
    ])
    counter('inference_cache_prepare_seconds_total', 'Time in which fetched data was decoded and preprocessed.', () => [
      { value: stats.prepareSeconds },
    ])
    const breakable = stats.tiers.filter((tier) => tier.usage().breaker !== undefined)
    if (breakable.length > 0) {
      new Gauge({
        name: 'inference_cache_breaker_open',
        help: 'Processes that do not ask a tier for now, because it does not answer.',
        registers,
        labelNames: ['tier'],
        collect() {
          for (const tier of breakable) this.set({ tier: tier.name }, tier.usage().breaker === 'closed' ? 0 : 1)
        },
      })
    }
    counter('inference_cache_dropped_saves_total', 'Entries that were not saved: too many waited to be.', () => [
      { value: stats.dropped },
    ])
  }
}
