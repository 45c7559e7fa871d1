import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { buildServer } from './app.ts'
import { ConfigError, hideSecrets, loadConfig } from './config.ts'
import { contract } from './contract.ts'
import { features } from './features.ts'
import { ModelFileError, SampleError } from './ml/errors.ts'

// The process: settings, listening, signals. Everything else is in app.ts, and nothing else touches `process`.

const EXPECTED = [ConfigError, ModelFileError, SampleError]

try {
  await start()
} catch (error) {
  console.error(explainStart(error))
  process.exit(1)
}

async function start(): Promise<void> {
  const config = loadConfig(process.env, features)
  const app = await buildServer({ config, features })
  app.log.info({ config: hideSecrets(config, features), model: contract.model }, 'starting')

  const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = config
  // A second signal, or the timeout, ends the process at once.
  closeWithGrace({ delay: SHUTDOWN_DELAY_MS + SHUTDOWN_TIMEOUT_MS, logger: app.log }, async ({ signal, err }) => {
    if (err) app.log.fatal({ err }, 'unexpected error: stopping')
    else app.log.info({ signal }, 'stopping')
    app.readiness.drain()
    await sleep(SHUTDOWN_DELAY_MS)
    await app.close()
  })

  await app.listen({ host: config.HOST, port: config.PORT })
  await app.warmUp()
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
