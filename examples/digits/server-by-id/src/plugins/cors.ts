import fp from 'fastify-plugin'
import { type Config, ConfigError } from '../config.ts'

/** What pages may read of an answer beside its body. */
const EXPOSED = [
  'x-request-id',
  'retry-after',
  'www-authenticate',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'inference-header-content-length',
]
/** How long browsers may remember that a page may ask. */
const PREFLIGHT_SECONDS = 600

/** CORS_ORIGINS: which web pages may ask. Before the guards: browsers ask first without any key. */
export const corsPlugin = fp<{ config: Config }>(
  async (app, { config: { CORS_ORIGINS } }) => {
    if (CORS_ORIGINS === '') return
    const origins = parseOrigins(CORS_ORIGINS)
    const { default: cors } = await import('@fastify/cors')
    await app.register(cors, {
      origin: origins,
      methods: ['GET', 'HEAD', 'POST'],
      exposedHeaders: EXPOSED,
      maxAge: PREFLIGHT_SECONDS,
      // It would answer an OPTIONS that is none as text.
      strictPreflight: false,
    })
    app.log.info(`guard: CORS, for ${CORS_ORIGINS === '*' ? 'pages of all origins' : CORS_ORIGINS}`)
  },
  { name: 'cors' },
)

/** As browsers write them: a slash at the end, and it would never match. Throws ConfigError. */
function parseOrigins(text: string): '*' | string[] {
  if (text === '*') return '*'
  const origins = text.split(',').map((origin) => origin.trim())
  const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  if (wrong === undefined) return origins
  throw new ConfigError(
    `CORS_ORIGINS: "${wrong}" is not an origin, such as https://example.org or http://localhost:3000, nor *`,
  )
}
