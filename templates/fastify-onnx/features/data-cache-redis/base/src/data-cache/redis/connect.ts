import { readFileSync } from 'node:fs'
import { type ConnectionOptions, rootCertificates } from 'node:tls'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { ConfigError } from '../../config.ts'
import type { RedisSettings } from './settings.ts'

export type Connection = Redis | Cluster

const DEFAULT_PORT = 6379
const DEFAULT_SENTINEL_PORT = 26_379
const CONNECT_MS = 2000
/** A connection on which nothing comes, though something is waited for, is dead: a host that vanished says no goodbye. */
const DEAD_MS = 5000
const MAX_PAUSE_MS = 2000

/** A client that connects by itself, again and again; what it is asked in the meantime fails at once. Throws ConfigError. */
export function openConnection(settings: RedisSettings): Connection {
  const common = commonOptions(settings)
  if (settings.REDIS_CLUSTER !== '' && settings.REDIS_SENTINELS !== '') {
    throw new ConfigError('REDIS_CLUSTER and REDIS_SENTINELS: give one of them')
  }
  if (settings.REDIS_CLUSTER !== '') {
    return new Cluster(readHosts('REDIS_CLUSTER', settings.REDIS_CLUSTER, DEFAULT_PORT), {
      enableOfflineQueue: false,
      // A slot that moves is asked for in its new place; longer searches are not worth it for a cache.
      maxRedirections: 3,
      retryDelayOnClusterDown: 10,
      retryDelayOnFailover: 10,
      retryDelayOnTryAgain: 10,
      slotsRefreshInterval: 5000,
      clusterRetryStrategy: pauseAfter,
      redisOptions: common,
    })
  }
  if (settings.REDIS_SENTINELS !== '') {
    return new Redis({
      ...common,
      sentinels: readHosts('REDIS_SENTINELS', settings.REDIS_SENTINELS, DEFAULT_SENTINEL_PORT),
      name: settings.REDIS_SENTINEL_NAME,
      sentinelPassword: settings.REDIS_SENTINEL_PASSWORD || undefined,
      sentinelRetryStrategy: pauseAfter,
      ...(common.tls && { sentinelTLS: common.tls, enableTLSForSentinelMode: true }),
    })
  }
  if (!/^rediss?:\/\//.test(settings.REDIS_URL) || !URL.canParse(settings.REDIS_URL)) {
    throw new ConfigError('REDIS_URL must be redis://host:port, or rediss://host:port for TLS')
  }
  return new Redis(settings.REDIS_URL, common)
}

function commonOptions(settings: RedisSettings) {
  const { REDIS_USERNAME, REDIS_PASSWORD, REDIS_PASSWORD_FILE } = settings
  const password =
    REDIS_PASSWORD_FILE === '' ? REDIS_PASSWORD : readSetting('REDIS_PASSWORD_FILE', REDIS_PASSWORD_FILE).trim()
  return {
    // A cache that is not there is a miss, at once: nothing is kept to be sent later, or sent twice.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_MS,
    socketTimeout: DEAD_MS,
    retryStrategy: pauseAfter,
    // After a failover, what was the primary refuses to be written to.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(REDIS_USERNAME !== '' && { username: REDIS_USERNAME }),
    ...(password !== '' && { password }),
    ...tlsOptions(settings),
  } satisfies RedisOptions
}

function tlsOptions({ REDIS_TLS, REDIS_TLS_CA_FILE, REDIS_URL }: RedisSettings): { tls?: ConnectionOptions } {
  if (REDIS_TLS === 'off' && !REDIS_URL.startsWith('rediss:')) return {}
  if (REDIS_TLS_CA_FILE === '') return { tls: {} }
  return { tls: { ca: [...rootCertificates, readSetting('REDIS_TLS_CA_FILE', REDIS_TLS_CA_FILE)] } }
}

/** Of the attempt to connect, 1, 2, ...: milliseconds until the next. */
function pauseAfter(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), MAX_PAUSE_MS)
}

/** `host:port,[::1]:port`; the port may be left out. Throws ConfigError. */
function readHosts(name: string, text: string, defaultPort: number): { host: string; port: number }[] {
  return text.split(',').map((each) => {
    const url = `redis://${each.trim()}`
    if (!URL.canParse(url) || new URL(url).hostname === '') throw new ConfigError(`${name}: "${each}" is not host:port`)
    const { hostname, port } = new URL(url)
    return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) }
  })
}

function readSetting(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(`${name}: cannot read ${file}`, { cause })
  }
}
