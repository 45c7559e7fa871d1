import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { Identity } from './identity.ts'
import { Forbidden, Unauthenticated } from './refusal.ts'
import type { TokenRules } from './token-rules.ts'

// Loaded only where JWT_JWKS_FILE is set.

/** How far the clocks of the issuer and of this machine may differ, in seconds. */
const CLOCK_TOLERANCE_S = 5
/** Tokens that are known to be good are not proved again; this many at most. */
const MAX_PROVED = 1000

interface Proved {
  readonly identity: Identity
  /** Seconds since 1970. */
  readonly expires: number
}

/** Proves tokens (RFC 7519) by the public keys of their issuer. */
export class TokenVerifier {
  readonly #keys: ReturnType<typeof createLocalJWKSet>
  readonly #rules: TokenRules
  readonly #proved = new Map<string, Proved>()

  constructor(keySet: JSONWebKeySet, rules: TokenRules) {
    this.#keys = createLocalJWKSet(keySet)
    this.#rules = rules
  }

  /** At once, for a token that was proved before and is still good. */
  recall(token: string): Identity | undefined {
    const proved = this.#proved.get(token)
    if (proved === undefined) return undefined
    if (Date.now() / 1000 < proved.expires) return proved.identity
    this.#proved.delete(token)
    return undefined
  }

  /** Throws Unauthenticated or Forbidden. */
  async verify(token: string): Promise<Identity> {
    const { issuer, audience, algorithms, scope, challenge } = this.#rules
    const { payload } = await jwtVerify(token, this.#keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: CLOCK_TOLERANCE_S,
      // A token without an end would be one for ever.
      requiredClaims: ['exp'],
    }).catch((error: unknown) => {
      throw new Unauthenticated(`The token is refused: ${explain(error)}.`, `${challenge}, error="invalid_token"`)
    })
    if (scope !== '' && !scopesOf(payload).includes(scope))
      throw new Forbidden(
        `The token does not have the scope ${scope}.`,
        `${challenge}, error="insufficient_scope", scope="${scope}"`,
      )
    const identity: Identity = { kind: 'token', name: subjectOf(payload) }
    this.#remember(token, { identity, expires: payload.exp ?? 0 })
    return identity
  }

  #remember(token: string, proved: Proved): void {
    const [oldest] = this.#proved.keys()
    if (oldest !== undefined && this.#proved.size >= MAX_PROVED) this.#proved.delete(oldest)
    this.#proved.set(token, proved)
  }
}

/** Who it was issued to: services have a `client_id` or `azp` where there is no person. */
function subjectOf({ sub, client_id: client, azp }: JWTPayload): string {
  return [sub, client, azp].find((name): name is string => typeof name === 'string') ?? ''
}

/** `scope` as in RFC 8693, `scp` as others write it. */
function scopesOf({ scope, scp }: JWTPayload): readonly unknown[] {
  const scopes = scope ?? scp
  return typeof scopes === 'string' ? scopes.split(' ') : Array.isArray(scopes) ? scopes : []
}

/** In words that say what is wrong with the token, and nothing of the keys. */
function explain(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'nbf' ? 'it is not valid yet' : `its claim "${error.claim}" is ${wrongness(error.reason)}`
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not one of those that are allowed'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong'
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key of its issuer goes with it'
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'it does not say by which key it is signed'
  return 'it is not a signed JWT'
}

function wrongness(reason: string): string {
  return reason === 'missing' ? 'missing' : 'not what it must be'
}
