import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import fp from 'fastify-plugin'
import { type Config, ConfigError } from '../config.ts'
import { Watched } from '../guards/watched.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** For other doors than HTTP; undefined: no TLS. */
    certificate: { readonly value: Certificate } | undefined
  }
}

/** PEM, as it is in the files: the certificate with those between it and its authority. */
export interface Certificate {
  readonly cert: Buffer
  readonly key: Buffer
}

/** Both or none. Throws ConfigError. */
export function wantsTls({ TLS_CERT_FILE, TLS_KEY_FILE }: Config): boolean {
  if ((TLS_CERT_FILE === '') !== (TLS_KEY_FILE === ''))
    throw new ConfigError('TLS_CERT_FILE and TLS_KEY_FILE belong together: only one of them is set')
  return TLS_CERT_FILE !== ''
}

/** TLS_CERT_FILE, TLS_KEY_FILE: new connections get the certificate that is in the files, whenever they change. */
export const tlsPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const certificate = wantsTls(config)
      ? new Watched({
          setting: 'TLS_CERT_FILE, TLS_KEY_FILE',
          files: [config.TLS_CERT_FILE, config.TLS_KEY_FILE],
          load: () => loadCertificate(config),
          describe,
          onChange: use,
          log: app.log,
        })
      : undefined
    app.decorate('certificate', certificate)
    if (certificate === undefined) return
    use(certificate.value)
    app.addHook('onClose', async () => certificate.close())
    app.log.info(`guard: TLS, ${describe(certificate.value)}`)

    function use(current: Certificate): void {
      if (app.server instanceof Server) app.server.setSecureContext(current)
    }
  },
  { name: 'tls' },
)

function loadCertificate({ TLS_CERT_FILE, TLS_KEY_FILE }: Config): Certificate {
  const certificate = { cert: readFileSync(TLS_CERT_FILE), key: readFileSync(TLS_KEY_FILE) }
  // Throws when one of them is broken, or when they do not belong together.
  createSecureContext(certificate)
  return certificate
}

function describe({ cert }: Certificate): string {
  const { subject, validTo } = new X509Certificate(cert)
  return `a certificate of ${subject.replaceAll('\n', ', ')}, until ${validTo}`
}
