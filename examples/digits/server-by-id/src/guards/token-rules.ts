import { ConfigError } from '../config.ts'

/** What a token must be, whoever signed it. */
export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  /** Empty: any. */
  readonly scope: string
  /** The challenge of a refusal (RFC 6750). */
  readonly challenge: string
}

interface TokenSettings {
  readonly JWT_ISSUER: string
  readonly JWT_AUDIENCE: string
  readonly JWT_ALGORITHMS: string
  readonly JWT_SCOPE: string
}

/** With a public key only. With HS256, everyone who can read the public key could sign; `none` is no signature at all. */
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** All is pinned: a token for somebody else, or of somebody else, is no token. Throws ConfigError. */
export function readTokenRules(settings: TokenSettings, realm: string): TokenRules {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_SCOPE: scope } = settings
  for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE'] as const)
    if (settings[name] === '')
      throw new ConfigError(`JWT_JWKS_FILE needs ${name}: tokens for others must not open this server`)
  if (!/^[\x21\x23-\x5b\x5d-\x7e]*$/.test(scope))
    throw new ConfigError('JWT_SCOPE must be one scope, without spaces and quotes')
  const algorithms = settings.JWT_ALGORITHMS.split(',').map((name) => name.trim())
  const other = algorithms.find((name) => !ASYMMETRIC.includes(name))
  if (other !== undefined)
    throw new ConfigError(
      `JWT_ALGORITHMS: "${other}" is not one of ${ASYMMETRIC.join(', ')}, which verify by a public key`,
    )
  return { issuer, audience, algorithms, scope, challenge: `Bearer realm="${realm}"` }
}

/** The public keys of an issuer (RFC 7517), as text. Throws Error when it is not one, or holds what must not lie here. */
export function parseKeySet(text: string): { keys: { kty: string }[] } {
  const keys = readKeys(text)
  if (keys.length === 0) throw new Error('there is no key in it')
  for (const [index, key] of keys.entries()) {
    if (key.kty === 'oct') throw new Error(`key ${index + 1} is a shared secret: only public keys verify tokens here`)
    if ('d' in key) throw new Error(`key ${index + 1} is a private key: only its public half belongs here`)
  }
  return { keys }
}

function readKeys(text: string): { kty: string }[] {
  const { keys } = Object(parseJson(text))
  if (!Array.isArray(keys) || !keys.every((key) => typeof Object(key).kty === 'string'))
    throw new Error('it is not a JSON Web Key Set: {"keys": [{"kty": …}]}')
  return keys
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
}
