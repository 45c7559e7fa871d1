import type { Settings } from '../settings.ts'
import { options } from './options.ts'

/** The feature's environment variables. */
export const env = {
  /** Of one process, for what the model answered. */
  PREDICTION_CACHE_MB: { type: 'integer', default: 64, minimum: 1 },
  /** How long an answer may be given again. */
  PREDICTION_CACHE_TTL_S: { type: 'number', default: options.ttl_s, exclusiveMinimum: 0 },
} as const satisfies Settings
