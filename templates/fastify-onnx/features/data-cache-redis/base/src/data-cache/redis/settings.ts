import type { Settings, Values } from '../../settings.ts'

/** The environment variables of Redis. */
export const redisEnv = {
  /** redis://[[user]:password@]host[:port][/database], or rediss:// for TLS. Secret, as it may hold a password. */
  REDIS_URL: { type: 'string', default: 'redis://127.0.0.1:6379', minLength: 1, secret: true },
  /** Some nodes of a cluster, `host:port,host:port`, instead of REDIS_URL; the others are asked of them. */
  REDIS_CLUSTER: { type: 'string', default: '' },
  /** Sentinels, `host:port,host:port`, instead of REDIS_URL: they say who the primary is. */
  REDIS_SENTINELS: { type: 'string', default: '' },
  /** The name that the Sentinels have for it. */
  REDIS_SENTINEL_NAME: { type: 'string', default: 'mymaster' },
  REDIS_SENTINEL_PASSWORD: { type: 'string', default: '', secret: true },
  REDIS_USERNAME: { type: 'string', default: '' },
  REDIS_PASSWORD: { type: 'string', default: '', secret: true },
  /** A file that holds the password; spaces and line ends around it are not part of it. */
  REDIS_PASSWORD_FILE: { type: 'string', default: '' },
  /** on: also without rediss://, as with a cluster or Sentinels. */
  REDIS_TLS: { type: 'string', enum: ['off', 'on'], default: 'off' },
  /** Certificates (PEM) that Redis is trusted by, beside those of the system. */
  REDIS_TLS_CA_FILE: { type: 'string', default: '' },
  /** How long Redis may be silent, when asked, until it is done without. */
  REDIS_TIMEOUT_MS: { type: 'integer', default: 15, minimum: 1 },
} as const satisfies Settings

export type RedisSettings = Values<typeof redisEnv>
