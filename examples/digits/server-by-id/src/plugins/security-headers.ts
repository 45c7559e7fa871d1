import fp from 'fastify-plugin'
import type { Config } from '../config.ts'

/** SECURITY_HEADERS: what keeps a page that somebody else made from using answers of this server, and /docs from being more than it is. */
export const securityHeadersPlugin = fp<{ config: Config }>(
  async (app, { config: { SECURITY_HEADERS, TLS_CERT_FILE } }) => {
    if (SECURITY_HEADERS === 'off') return
    const { default: helmet } = await import('@fastify/helmet')
    const hasTls = TLS_CERT_FILE !== ''
    await app.register(helmet, {
      // Both make a browser come back by https, where there may be none.
      strictTransportSecurity: hasTls,
      contentSecurityPolicy: { directives: hasTls ? {} : { upgradeInsecureRequests: null } },
    })
    app.log.info('guard: security headers')
  },
  { name: 'security-headers' },
)
