import type { Settings, Values } from '../settings.ts'
import { sourceEnv } from './open-source.ts'
import { tierEnv } from './open-tiers.ts'
import { options } from './options.ts'

/** The feature's environment variables: what may differ from one deployment to the next. vars.yaml has the defaults. */
export const env = {
  /** Of one process, for entries in memory. */
  CACHE_MEMORY_MB: { type: 'integer', default: options.memory_mb, minimum: 1 },
  /** How long an entry may be used, give or take a tenth. */
  CACHE_TTL_S: { type: 'integer', default: options.ttl_s, minimum: 1 },
  /** How long it is remembered that there is no data under an id. */
  CACHE_MISSING_TTL_S: { type: 'integer', default: 60, minimum: 0 },
  /** What each process fills its memory with when it starts: a file with an id per line, or all; empty: nothing. */
  CACHE_WARM_IDS: { type: 'string', default: '' },
  /** Of these ids, in percent: how many are done before the server is ready; 0: it does not wait. */
  CACHE_WARM_READY_PERCENT: { type: 'number', default: 0, minimum: 0, maximum: 100 },
  /** Ids that a warm-up asks for at a time. */
  CACHE_WARM_AT_ONCE: { type: 'integer', default: 8, minimum: 1 },
  /** Ids of one request. */
  CACHE_MAX_IDS: { type: 'integer', default: 256, minimum: 1 },
  /** Servers with the same name read the same data, and share what is prepared of it where they share a Redis. */
  SOURCE_NAME: { type: 'string', default: options.source.name, minLength: 1 },
  /** The folder of a directory source; one that is not absolute lies in the server's own. */
  SOURCE_PATH: { type: 'string', default: options.source.path },
  /** Of an http source. The id, percent-encoded, is put behind it; or in the place of {id}. */
  SOURCE_URL: { type: 'string', default: options.source.base_url },
  /** The Authorization header for an http source. */
  SOURCE_AUTHORIZATION: { type: 'string', default: '', secret: true },
  SOURCE_TIMEOUT_MS: { type: 'integer', default: options.source.timeout_ms, minimum: 1 },
  /** Of the data of one id. */
  SOURCE_MAX_BYTES: { type: 'integer', default: options.source.max_bytes, minimum: 1 },
  ...tierEnv,
  ...sourceEnv,
} as const satisfies Settings

export type CacheSettings = Values<typeof env>
