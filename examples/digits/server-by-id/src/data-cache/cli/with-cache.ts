import type { FastifyInstance } from 'fastify'
import { buildServer } from '../../app.ts'
import { type Config, ConfigError, loadConfig } from '../../config.ts'
import { contract } from '../../contract.ts'
import { features } from '../../features.ts'
import { ModelFileError, Unavailable } from '../../ml/errors.ts'
import { AdminError } from './admin-client.ts'
import { UsageError } from './arguments.ts'

const EXPECTED = [UsageError, AdminError, ConfigError, ModelFileError, Unavailable]

/** The settings that the server would have. Throws ConfigError. */
export function readConfig(): Config {
  return loadConfig({ LOG_LEVEL: 'warn', ...process.env }, features)
}

/** Builds the server without letting it listen: its cache is what it would have. */
export async function withCache<T>(config: Config, use: (app: FastifyInstance) => Promise<T>): Promise<T> {
  const app = await buildServer({ config, features })
  try {
    await app.ready()
    // What an encoder makes of data needs a model that runs.
    if (contract.encoder !== null) await app.warmUp()
    for (const tier of app.dataCache.tiers) await tier.untilReady?.()
    return await use(app)
  } finally {
    await app.close()
  }
}

/** Whether something is kept that this process can reach: the memory of the running server it cannot. */
export function hasSharedTier({ dataCache }: FastifyInstance): boolean {
  return dataCache.tiers.some(({ name }) => name !== 'memory')
}

export function defaultUrl({ PORT, TLS_CERT_FILE }: Config): string {
  return `http${TLS_CERT_FILE ? 's' : ''}://127.0.0.1:${PORT}`
}

/** Runs a command: says in one line what can be repaired, and gives a stack for a mistake in here. */
export async function runCommand(usage: string, run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run()
  } catch (error) {
    const expected = error instanceof Error && EXPECTED.some((kind) => error instanceof kind)
    console.error(expected ? `✖ ${error.message}` : error)
    if (error instanceof UsageError) console.error(`usage: ${usage}`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
