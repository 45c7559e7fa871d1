import { type Static, type TProperties, Type } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { contract } from './contract.ts'
import type { Feature } from './feature.ts'

/** `secret: true` hides a value from the log. */
const ENV = {
  HOST: Type.String({ default: '0.0.0.0', minLength: 1 }),
  PORT: Type.Integer({ default: contract.server.port, minimum: 0, maximum: 65535 }),
  /** Path of the model; empty: models/ beside src or dist. */
  MODEL_PATH: Type.String({ default: '' }),
  /** Threads that one run of the model may use; 0: as many as the cgroup's CPU quota allows. */
  INTRA_OP_THREADS: Type.Integer({ default: 0, minimum: 0 }),
  /** Bytes of a request's body after decompression; 0: derived from the contract. */
  BODY_LIMIT: Type.Integer({ default: 0, minimum: 0 }),
  LOG_LEVEL: oneOf(['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent']),
  LOG_FORMAT: oneOf(['json', 'text']),
  /** A line per request costs about half of the throughput of a small model. Failures (5xx) are logged anyway. */
  REQUEST_LOG: oneOf(['off', 'all']),
  /** How long to go on serving after SIGTERM, not ready any more, until every load balancer has noticed. */
  SHUTDOWN_DELAY_MS: Type.Integer({ default: 0, minimum: 0 }),
  /** How long requests may take to finish after that. */
  SHUTDOWN_TIMEOUT_MS: Type.Integer({ default: 10_000, minimum: 1 }),
}

const schema = Type.Object(ENV)

export type Config = Readonly<Static<typeof schema>>

/** A setting that the server cannot start with: stops it, with all that is wrong in one line. */
export class ConfigError extends Error {}

/** The server's settings and its features', from environment variables. Throws ConfigError. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, features: readonly Feature[]): Config {
  try {
    return envSchema<Config>({
      schema: Type.Object(allSettings(features)),
      data: { ...env },
      env: false,
      ajv: { customOptions: (ajv) => ajv.addKeyword('secret') },
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`the environment does not fit: ${reason.replaceAll('env/', '')}`, { cause })
  }
}

/** For the log: what is marked as secret in the schema shows only whether it is set. */
export function hideSecrets(config: Config, features: readonly Feature[]): Record<string, unknown> {
  const settings = allSettings(features)
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, settings[name]?.secret === true && value ? '***' : value]),
  )
}

function allSettings(features: readonly Feature[]): TProperties {
  return Object.assign({}, ENV, ...features.map((feature) => feature.env))
}

/** The first is the default. */
function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: values, default: values[0] })
}
