import type { Feature, FeatureContext } from '../feature.ts'
import type { Pipeline } from '../ml/pipeline.ts'
import type { Contract } from '../transforms/types.ts'
import { addAdminRoutes } from './admin.ts'
import { DataCache } from './cache.ts'
import { hashCode } from './code-hash.ts'
import { Kept } from './kept.ts'
import { Keys } from './keys.ts'
import { cacheMetrics } from './metrics.ts'
import { openSource } from './open-source.ts'
import { openTiers } from './open-tiers.ts'
import { options } from './options.ts'
import { prepareFile, withCache } from './pipeline.ts'
import { type CacheSettings, env } from './settings.ts'
import { WarmUp } from './warm-up.ts'

declare module 'fastify' {
  interface FastifyInstance {
    dataCache: DataCache
    /** What fills the cache at the start; null: nothing does. */
    cacheWarmUp: WarmUp | null
  }
}

/** Requests name data by id: it is found, prepared once, and kept prepared. */
export const feature: Feature<typeof env> = {
  name: 'data-cache',
  env,
  wrap(inner, context, app) {
    const kept = new Kept(options.level, context.contract)
    const cache = openCache(inner, kept, context)
    app.decorate('dataCache', cache)
    app.decorate('cacheWarmUp', openWarmUp(context.config))
    app.addHook('onClose', async () => {
      app.cacheWarmUp?.stop()
      await cache.close()
    })
    const { contract, config } = context
    return withCache(inner, { cache, kept, contract, maxIds: config.CACHE_MAX_IDS, sampleId: options.sample_id })
  },
  async register(app, { config }) {
    app.metrics.add(cacheMetrics(app.dataCache.stats))
    for (const tier of app.dataCache.tiers) if (tier.metrics) app.metrics.add(tier.metrics())
    await addAdminRoutes(app, config.CACHE_WARM_AT_ONCE)
  },
  warmedUp: (app) => void app.cacheWarmUp?.run(app),
  ready: (app) => app.cacheWarmUp?.isReady ?? true,
}

function openWarmUp(config: CacheSettings): WarmUp | null {
  if (config.CACHE_WARM_IDS === '') return null
  return new WarmUp({
    ids: config.CACHE_WARM_IDS,
    atOnce: config.CACHE_WARM_AT_ONCE,
    readyPercent: config.CACHE_WARM_READY_PERCENT,
  })
}

function openCache(inner: Pipeline, kept: Kept, { config, contract, log }: FeatureContext<typeof env>): DataCache {
  const keys = new Keys(config.SOURCE_NAME, describe(inner, contract))
  return new DataCache({
    tiers: openTiers(config, {
      channel: keys.channel,
      all: keys.matchAll(),
      accepts: (value) => kept.accepts(value),
      log,
    }),
    source: openSource(config),
    keys,
    ttlMs: config.CACHE_TTL_S * 1000,
    missingTtlMs: config.CACHE_MISSING_TTL_S * 1000,
    keepsMisses: options.fill !== 'batch',
    log,
    make: (file) => prepareFile(inner, kept, file),
  })
}

/** What decides what an id becomes. contract.ts is left out of the code: it has the outputs, too. */
function describe({ decoder }: Pipeline, { inputs, preprocess, encoder }: Contract) {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const file = (path: string) => new URL(`../${path}.${extension}`, import.meta.url)
  const codeHash = hashCode(file('model/preprocess'), [file('contract')])
  return { level: options.level, inputs, spec: preprocess, codeHash, decoder, encoderHash: encoder?.sha256 ?? '' }
}
