import type { CacheVars } from './vars.ts'

/** Stands for what is rendered from vars.yaml, where base/ is type-checked in place. */
export const options: CacheVars = {
  level: 'preprocessed',
  fill: 'request',
  memory_mb: 256,
  ttl_s: 86400,
  sample_id: null,
  source: { name: 'iris', path: 'data', base_url: '', timeout_ms: 5000, max_bytes: 20971520 },
}
