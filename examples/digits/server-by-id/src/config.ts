import { Ajv } from 'ajv'
import { contract } from './contract.ts'
import type { Feature } from './feature.ts'
import { GUARD_SETTINGS } from './guards/settings.ts'
import type { Settings, Values } from './settings.ts'
import { TRUSTED_SCHEMAS } from './validation.ts'

const ENV = {
  HOST: { type: 'string', default: '0.0.0.0', minLength: 1 },
  PORT: { type: 'integer', default: contract.server.port, minimum: 0, maximum: 65535 },
  /** The folder of the model's files; empty: models/ beside src or dist. */
  MODEL_DIR: { type: 'string', default: '' },
  /** Path of the model itself, wherever it lies and whatever it is called; empty: under its own name in that folder. */
  MODEL_PATH: { type: 'string', default: '' },
  /** Processes that share the port; auto: one per core of the cgroup's CPU quota. WORKERS is another name for it. */
  PROCESSES: { type: 'string', default: '1', pattern: '^(auto|[1-9]\\d{0,2})$' },
  /** Threads that run the model; 0: the event loop itself; auto: chosen by measurement when the server starts. */
  INFERENCE_THREADS: { type: 'string', default: 'auto', pattern: '^(auto|\\d{1,3})$' },
  /** Threads that one run of the model may use; 0: what the CPU quota leaves to each. */
  INTRA_OP_THREADS: { type: 'integer', default: 0, minimum: 0 },
  /** Rows that one run takes at most; 0: as measured when the server starts. 1: no batching. */
  BATCH_MAX_ROWS: { type: 'integer', default: 0, minimum: 0 },
  /** How long a batch waits to be filled. 0: it never waits, and takes what has arrived while the model was busy. */
  BATCH_DELAY_MS: { type: 'number', default: 0, minimum: 0 },
  /** Rows that may wait for the model; more are answered 503. 0: about a second of its work. */
  QUEUE_MAX_ROWS: { type: 'integer', default: 0, minimum: 0 },
  /** How long a request may take until it is answered 504. 0: as long as it takes. X-Request-Timeout-Ms asks for less. */
  REQUEST_TIMEOUT_MS: { type: 'integer', default: 0, minimum: 0 },
  /** Connections that one process holds at a time; more are closed as they come. */
  MAX_CONNECTIONS: { type: 'integer', default: 16_384, minimum: 1 },
  /** How long a connection may be idle between two requests. */
  KEEP_ALIVE_TIMEOUT_MS: { type: 'integer', default: 72_000, minimum: 1 },
  /** How long a caller may take to send a request, headers and body. */
  RECEIVE_TIMEOUT_MS: { type: 'integer', default: 60_000, minimum: 1 },
  /** Bytes of a request's body after decompression; 0: derived from the contract. */
  BODY_LIMIT: { type: 'integer', default: 0, minimum: 0 },
  LOG_LEVEL: { type: 'string', enum: ['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'], default: 'info' },
  LOG_FORMAT: { type: 'string', enum: ['json', 'text'], default: 'json' },
  /** A line per request costs about half of the throughput of a small model. Failures (5xx) are logged anyway. */
  REQUEST_LOG: { type: 'string', enum: ['off', 'sampled', 'all'], default: 'off' },
  /** Of all requests, with REQUEST_LOG=sampled. */
  REQUEST_LOG_SAMPLE: { type: 'number', default: 0.01, minimum: 0, maximum: 1 },
  /** A JSON line for each prediction, written after the answer: who asked what, and what the model said. */
  PREDICTION_LOG: { type: 'string', enum: ['off', 'sampled', 'all'], default: 'off' },
  /** Of all predictions, with PREDICTION_LOG=sampled. */
  PREDICTION_LOG_SAMPLE: { type: 'number', default: 0.01, minimum: 0, maximum: 1 },
  /** Empty: standard output. All processes append to the same file. */
  PREDICTION_LOG_FILE: { type: 'string', default: '' },
  /** hash: the SHA-256 of the input's JSON, or of the bytes of an image. */
  PREDICTION_LOG_INPUT: { type: 'string', enum: ['hash', 'full', 'off'], default: 'hash' },
  /** Paths of a line, separated by commas, whose values are not written: `input[*][2],output`. */
  PREDICTION_LOG_REDACT: { type: 'string', default: '' },
  /** Where SIGUSR2 starts a CPU profile, and a second one ends it. Empty: nowhere, SIGUSR2 does nothing. */
  PROFILE_DIR: { type: 'string', default: '' },
  /** A profile that nobody ends is written after this. */
  PROFILE_SECONDS: { type: 'number', default: 30, exclusiveMinimum: 0, maximum: 3600 },
  /**
   * How long to go on serving after SIGTERM, not ready any more and closing connections, until every load balancer has noticed.
   * 0 where there is none: the Kubernetes manifests set it.
   */
  SHUTDOWN_DELAY_MS: { type: 'integer', default: 0, minimum: 0 },
  /** How long requests may take to finish after that. */
  SHUTDOWN_TIMEOUT_MS: { type: 'integer', default: 10_000, minimum: 1 },
  ...GUARD_SETTINGS,
} as const satisfies Settings

export type Config = Values<typeof ENV>

/** A setting that the server cannot start with: stops it, with all that is wrong in one line. */
export class ConfigError extends Error {}

/** The server's settings and its features', from environment variables. Throws ConfigError. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, features: readonly Feature[]): Config {
  const settings = Object.entries(allSettings(features))
  const texts: typeof env = { ...env, PROCESSES: env.PROCESSES ?? env.WORKERS }
  // What is not set has its default. Only what is set is compiled: that is little, and would else be a tenth of the start.
  const set = settings.filter(([name]) => texts[name] !== undefined)
  const values: unknown = Object.fromEntries(settings.map(([name, setting]) => [name, texts[name] ?? setting.default]))
  const ajv = new Ajv({
    allErrors: true,
    coerceTypes: true,
    keywords: ['secret'],
    // Run once: code that is made quickly is better than quick code.
    code: { optimize: false },
    ...TRUSTED_SCHEMAS,
  })
  const validate = ajv.compile<Config>({ type: 'object', properties: Object.fromEntries(set) })
  if (validate(values)) return values
  throw new ConfigError(`the environment does not fit: ${describeErrors(validate.errors)}`)
}

/** `PORT must be integer, LOG_LEVEL must be ...` */
function describeErrors(errors: typeof Ajv.prototype.errors): string {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath.slice(1)} ${message}`).join(', ')
}

/** For the log: what is marked as secret in the schema shows only whether it is set. */
export function hideSecrets(config: Config, features: readonly Feature[]): Record<string, unknown> {
  const settings = allSettings(features)
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, settings[name]?.secret === true && value ? '***' : value]),
  )
}

/** JSON Schema of each. */
export function allSettings(features: readonly Feature[]): Settings {
  return Object.assign({}, ENV, ...features.map((feature) => feature.env))
}
