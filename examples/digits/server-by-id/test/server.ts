import type { FastifyInstance } from 'fastify'
import { buildServer } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { contract } from '../src/contract.ts'
import { features } from '../src/features.ts'

/** The real server, warmed up, for `app.inject`; it listens on no port. Settings are environment variables. */
export async function startServer(settings: Record<string, string> = {}): Promise<FastifyInstance> {
  const config = loadConfig({ LOG_LEVEL: 'silent', ...settings }, features)
  const app = await buildServer({ config, features })
  await app.ready()
  await app.warmUp()
  return app
}

/** A sample that was derived from the model's shapes may be one that the model cannot run; a given one must run. */
export async function sampleRuns(app: FastifyInstance): Promise<boolean> {
  return contract.sample.given || (await app.inject({ method: 'GET', url: '/predict/test' })).statusCode === 200
}
