import type { CacheVars } from './vars.ts'

/** Of vars.yaml, options.data_cache; the environment may say otherwise where settings.ts has a variable. */
export const options: CacheVars = {
  level: 'preprocessed',
  fill: 'both',
  memory_mb: 256,
  ttl_s: 86400,
  sample_id: '7',
  source: {
    name: 'digits',
    path: 'data',
    base_url: '',
    timeout_ms: 5000,
    max_bytes: 20971520,
  },
}
