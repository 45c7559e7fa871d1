import { type Static, type TProperties, Type } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { contract } from './contract.ts'
import type { Feature } from './feature.ts'
import { GUARD_SETTINGS } from './guards/settings.ts'

/** `secret: true` hides a value from the log. */
const ENV = {
  HOST: Type.String({ default: '0.0.0.0', minLength: 1 }),
  PORT: Type.Integer({ default: contract.server.port, minimum: 0, maximum: 65535 }),
  /** Path of the model; empty: models/ beside src or dist. */
  MODEL_PATH: Type.String({ default: '' }),
  /** Processes that share the port; auto: one per core of the cgroup's CPU quota. WORKERS is another name for it. */
  PROCESSES: Type.String({ default: '1', pattern: '^(auto|[1-9]\\d{0,2})$' }),
  /** Threads that run the model; 0: the event loop itself; auto: chosen by measurement when the server starts. */
  INFERENCE_THREADS: Type.String({ default: 'auto', pattern: '^(auto|\\d{1,3})$' }),
  /** Threads that one run of the model may use; 0: what the CPU quota leaves to each. */
  INTRA_OP_THREADS: Type.Integer({ default: 0, minimum: 0 }),
  /** Rows that one run takes at most; 0: as measured when the server starts. 1: no batching. */
  BATCH_MAX_ROWS: Type.Integer({ default: 0, minimum: 0 }),
  /** How long a batch waits to be filled. 0: it never waits, and takes what has arrived while the model was busy. */
  BATCH_DELAY_MS: Type.Number({ default: 0, minimum: 0 }),
  /** Rows that may wait for the model; more are answered 503. 0: about a second of its work. */
  QUEUE_MAX_ROWS: Type.Integer({ default: 0, minimum: 0 }),
  /** How long a request may take until it is answered 504. 0: as long as it takes. X-Request-Timeout-Ms asks for less. */
  REQUEST_TIMEOUT_MS: Type.Integer({ default: 0, minimum: 0 }),
  /** Connections that one process holds at a time; more are closed as they come. */
  MAX_CONNECTIONS: Type.Integer({ default: 16_384, minimum: 1 }),
  /** How long a connection may be idle between two requests. */
  KEEP_ALIVE_TIMEOUT_MS: Type.Integer({ default: 72_000, minimum: 1 }),
  /** How long a caller may take to send a request, headers and body. */
  RECEIVE_TIMEOUT_MS: Type.Integer({ default: 60_000, minimum: 1 }),
  /** Bytes of a request's body after decompression; 0: derived from the contract. */
  BODY_LIMIT: Type.Integer({ default: 0, minimum: 0 }),
  LOG_LEVEL: oneOf(['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent']),
  LOG_FORMAT: oneOf(['json', 'text']),
  /** A line per request costs about half of the throughput of a small model. Failures (5xx) are logged anyway. */
  REQUEST_LOG: oneOf(['off', 'sampled', 'all']),
  /** Of all requests, with REQUEST_LOG=sampled. */
  REQUEST_LOG_SAMPLE: Type.Number({ default: 0.01, minimum: 0, maximum: 1 }),
  /** A JSON line for each prediction, written after the answer: who asked what, and what the model said. */
  PREDICTION_LOG: oneOf(['off', 'sampled', 'all']),
  /** Of all predictions, with PREDICTION_LOG=sampled. */
  PREDICTION_LOG_SAMPLE: Type.Number({ default: 0.01, minimum: 0, maximum: 1 }),
  /** Empty: standard output. All processes append to the same file. */
  PREDICTION_LOG_FILE: Type.String({ default: '' }),
  /** hash: the SHA-256 of the input's JSON, or of the bytes of an image. */
  PREDICTION_LOG_INPUT: oneOf(['hash', 'full', 'off']),
  /** Paths of a line, separated by commas, whose values are not written: `input[*][2],output`. */
  PREDICTION_LOG_REDACT: Type.String({ default: '' }),
  /** Where SIGUSR2 starts a CPU profile, and a second one ends it. Empty: nowhere, SIGUSR2 does nothing. */
  PROFILE_DIR: Type.String({ default: '' }),
  /** A profile that nobody ends is written after this. */
  PROFILE_SECONDS: Type.Number({ default: 30, exclusiveMinimum: 0, maximum: 3600 }),
  /**
   * How long to go on serving after SIGTERM, not ready any more and closing connections, until every load balancer has noticed.
   * 0 where there is none: the Kubernetes manifests set it.
   */
  SHUTDOWN_DELAY_MS: Type.Integer({ default: 0, minimum: 0 }),
  /** How long requests may take to finish after that. */
  SHUTDOWN_TIMEOUT_MS: Type.Integer({ default: 10_000, minimum: 1 }),
  ...GUARD_SETTINGS,
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
      data: { ...env, PROCESSES: env.PROCESSES ?? env.WORKERS },
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
