import { readFileSync } from 'node:fs'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config.ts'
import { ApiKeys } from './api-keys.ts'
import type { Credentials, Identity } from './identity.ts'
import { Unauthenticated } from './refusal.ts'
import { parseKeySet, readTokenRules } from './token-rules.ts'
import type { TokenVerifier } from './tokens.ts'
import { Watched } from './watched.ts'

/** Tells who sends a request. Where API keys and tokens are both on, either will do. */
export class Authenticator {
  readonly #keys: Watched<ApiKeys> | undefined
  readonly #tokens: Watched<TokenVerifier> | undefined
  /** What would do, in words and as a challenge. */
  readonly #wanted: string
  readonly #challenge: string

  /** undefined: neither API_KEYS_FILE nor JWT_JWKS_FILE is set. Throws ConfigError. */
  static async open(config: Config, realm: string, log: FastifyBaseLogger): Promise<Authenticator | undefined> {
    const keys = config.API_KEYS_FILE === '' ? undefined : openKeys(config, log)
    const tokens = config.JWT_JWKS_FILE === '' ? undefined : await openTokens(config, realm, log)
    return keys || tokens ? new Authenticator(keys, tokens, realm) : undefined
  }

  private constructor(keys: Watched<ApiKeys> | undefined, tokens: Watched<TokenVerifier> | undefined, realm: string) {
    this.#keys = keys
    this.#tokens = tokens
    this.#wanted = [keys && 'an API key in X-API-Key', tokens && 'a token in Authorization: Bearer']
      .filter(Boolean)
      .join(', or ')
    this.#challenge = [keys && `ApiKey realm="${realm}"`, tokens && `Bearer realm="${realm}"`]
      .filter(Boolean)
      .join(', ')
  }

  /** At once where it can; a token that is new takes a while. Throws, or rejects with, Unauthenticated or Forbidden. */
  authenticate({ apiKey, authorization }: Credentials): Identity | Promise<Identity> {
    const known = this.#keys && apiKey !== undefined ? this.#keys.value.identify(apiKey) : undefined
    if (known) return known
    const token = this.#tokens && authorization !== undefined ? bearerToken(authorization) : undefined
    if (this.#tokens && token !== undefined) {
      const verifier = this.#tokens.value
      return verifier.recall(token) ?? verifier.verify(token)
    }
    if (this.#keys && apiKey !== undefined) throw this.refuse('The API key in X-API-Key is not known.')
    throw this.refuse(`This server asks who you are: send ${this.#wanted}.`)
  }

  refuse(message: string): Unauthenticated {
    return new Unauthenticated(message, this.#challenge)
  }

  close(): void {
    this.#keys?.close()
    this.#tokens?.close()
  }
}

function bearerToken(authorization: string): string | undefined {
  return /^bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1]
}

function openKeys({ API_KEYS_FILE: file }: Config, log: FastifyBaseLogger): Watched<ApiKeys> {
  const keys = new Watched({
    setting: 'API_KEYS_FILE',
    files: [file],
    load: () => ApiKeys.parse(readFileSync(file, 'utf8')),
    describe: ({ size }) => `${size} keys`,
    log,
  })
  log.info(`guard: API keys, ${keys.value.size} of them`)
  return keys
}

async function openTokens(config: Config, realm: string, log: FastifyBaseLogger): Promise<Watched<TokenVerifier>> {
  const { JWT_JWKS_FILE: file } = config
  const rules = readTokenRules(config, realm)
  const { TokenVerifier } = await import('./tokens.ts')
  const tokens = new Watched({
    setting: 'JWT_JWKS_FILE',
    files: [file],
    load: () => new TokenVerifier(parseKeySet(readFileSync(file, 'utf8')), rules),
    describe: () => 'its keys are in use',
    log,
  })
  log.info(`guard: JWT of ${rules.issuer} for ${rules.audience}, signed by ${rules.algorithms.join(', ')}`)
  return tokens
}
