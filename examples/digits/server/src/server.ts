import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { ServerOptions } from './app.ts'
import type { Member } from './cluster/member.ts'
import { type Config, ConfigError, hideSecrets, loadConfig } from './config.ts'
import { contract } from './contract.ts'
import { features } from './features.ts'
import { loggerOptions } from './logger.ts'
import { ModelFileError, SampleError } from './ml/errors.ts'
import { countProcesses, FirstProcessEnded } from './processes.ts'

// The process: settings, listening, signals. Everything else is in app.ts, and nothing else touches `process`.

const EXPECTED = [ConfigError, ModelFileError, SampleError, FirstProcessEnded]
/** What ends the whole server. A terminal, and some init processes, send it to all of its processes at once. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const
/** Begins and ends a CPU profile (PROFILE_DIR). */
const PROFILE_SIGNAL = 'SIGUSR2' as const
/** A supervisor lets its processes reach their own time limit first. */
const SUPERVISOR_GRACE_MS = 1000

try {
  await start()
} catch (error) {
  if (!(error instanceof FirstProcessEnded && error.isExplained)) console.error(explainStart(error))
  process.exit(1)
}

async function start(): Promise<void> {
  // Before it is loaded: onnxruntime for Linux would report to its makers which models it runs, and how.
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
  // By default it would end the process. What it does is said where there is something to profile.
  process.on(PROFILE_SIGNAL, () => undefined)
  const config = loadConfig(process.env, features)
  if (countProcesses(config).count === 1) {
    await provide({ config, features })
    return serve(config)
  }
  const { member } = await import('./cluster/member.ts')
  if (member) return serve(config, member)
  await provide({ config, features })
  return supervise(config)
}

/** What has to be there before any process loads the model. A signal ends it at once: nothing was accepted yet. */
async function provide({ config, features }: ServerOptions): Promise<void> {
  const stop = () => process.exit(0)
  for (const signal of STOP_SIGNALS) process.once(signal, stop)
  const context = { config, contract, log: pino(loggerOptions(config)) }
  for (const feature of features) await feature.provide?.(context)
  for (const signal of STOP_SIGNALS) process.off(signal, stop)
}

/** Serves: as the only process, or as a member of several. */
async function serve(config: Config, member?: Member): Promise<void> {
  // The supervisor gets the signals, too, and says what is to be done.
  if (member) for (const signal of STOP_SIGNALS) process.on(signal, () => undefined)
  let stopping = false
  void member?.untilAlone().then(() => stopping || process.exit(1))
  const { buildServer } = await import('./app.ts')
  const app = await buildServer({ config, features })
  if (!member) app.log.info(describeStart(config), `starting: ${countProcesses(config).reason}`)
  process.on(PROFILE_SIGNAL, () => app.toggleProfile())

  // A second signal, or the timeout, ends the process at once.
  const options = {
    delay: shutdownMs(config),
    logger: app.log,
    skip: [PROFILE_SIGNAL, ...(member ? STOP_SIGNALS : [])],
  }
  const closing = closeWithGrace(options, async ({ signal, err }) => {
    stopping = true
    if (err) app.log.fatal({ err }, 'unexpected error: stopping')
    else app.log.info({ signal }, 'stopping')
    // After an error, the others serve on.
    await app.drain(config.SHUTDOWN_DELAY_MS, err ? undefined : member?.closeForAll)
    await app.close()
    app.log.info('stopped')
  })
  void member?.untilStop().then(() => stopping || closing.close())

  try {
    // Where others serve meanwhile, nobody is to wait for this one's warm-up.
    if (!member?.joinsOthers) await listen(app, config)
    await app.warmUp()
    if (member?.joinsOthers && !stopping) await listen(app, config)
    member?.tellReady()
  } catch (error) {
    // What was closed on the way cannot be started.
    if (!stopping) throw error
  }
}

async function listen(app: FastifyInstance, { HOST, PORT }: Config): Promise<void> {
  await app.listen({ host: HOST, port: PORT })
  for (const feature of features) await feature.listen?.(app)
}

/** The process above several: it serves nothing itself, and loads neither the model nor what serves it. */
async function supervise(config: Config): Promise<void> {
  const { Supervisor } = await import('./cluster/supervisor.ts')
  const { serveClusterMetrics } = await import('./metrics/cluster-supervisor.ts')
  const { relayQuestions } = await import('./cluster/relay.ts')
  const log = pino(loggerOptions(config))
  const { count, reason } = countProcesses(config)
  log.info(describeStart(config), `starting ${count} processes: ${reason}`)
  const supervisor = new Supervisor(log)
  process.on(PROFILE_SIGNAL, () => supervisor.signal(PROFILE_SIGNAL))
  const options = {
    delay: shutdownMs(config) + SUPERVISOR_GRACE_MS,
    logger: log,
    skip: [PROFILE_SIGNAL],
    onSecondSignal: () => supervisor.signal('SIGKILL'),
    onTimeout: () => supervisor.signal('SIGKILL'),
  }
  closeWithGrace(options, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'unexpected error: stopping')
    else log.info({ signal }, 'stopping')
    await supervisor.stop()
    log.info('stopped')
  })
  serveClusterMetrics()
  relayQuestions()
  await supervisor.start(count)
}

function shutdownMs({ SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS }: Config): number {
  return SHUTDOWN_DELAY_MS + SHUTDOWN_TIMEOUT_MS
}

function describeStart(config: Config) {
  return { config: hideSecrets(config, features), model: contract.model }
}

/** One line for what can be repaired from outside; a stack for a mistake in here. */
function explainStart(error: unknown): string {
  if (!(error instanceof Error)) return `✖ ${error}`
  if (EXPECTED.some((kind) => error instanceof kind)) return `✖ ${error.message}`
  const port = 'port' in error ? error.port : ''
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `✖ port ${port} is in use: stop what listens there, or choose another one with PORT=${Number(port) + 1}`
  }
  if ('code' in error && error.code === 'EACCES')
    return `✖ no permission for port ${port}: choose one from 1024 on with PORT`
  return `✖ ${error.stack}`
}
