import { Type } from '@sinclair/typebox'

/** The environment of the guards: each is off until its variable says otherwise. config.ts merges them in. */
export const GUARD_SETTINGS = {
  /** Lines `name:sha256hex`; requests must then carry the key in X-API-Key. */
  API_KEYS_FILE: Type.String({ default: '' }),
  /** Public keys (RFC 7517); requests must then carry a token that one of them proves in Authorization: Bearer. */
  JWT_JWKS_FILE: Type.String({ default: '' }),
  JWT_ISSUER: Type.String({ default: '' }),
  JWT_AUDIENCE: Type.String({ default: '' }),
  JWT_ALGORITHMS: Type.String({ default: 'RS256,ES256,EdDSA' }),
  /** A scope that tokens must have. Empty: any token of the issuer will do. */
  JWT_SCOPE: Type.String({ default: '' }),
  /** Requests per time and key, token or address: 100/1m. */
  RATE_LIMIT: Type.String({ default: '' }),
  /** Addresses of the proxies in front of this server, whose X-Forwarded-For is believed. Empty: of none. */
  TRUST_PROXY: Type.String({ default: '' }),
  /** Origins of web pages that may ask, separated by commas; *: all. */
  CORS_ORIGINS: Type.String({ default: '' }),
  TLS_CERT_FILE: Type.String({ default: '' }),
  TLS_KEY_FILE: Type.String({ default: '' }),
  SECURITY_HEADERS: onOff('off'),
  /** Whether what guards /predict guards these too. */
  GUARD_HEALTH: onOff('off'),
  GUARD_METRICS: onOff('off'),
  GUARD_DOCS: onOff('on'),
}

function onOff(value: 'on' | 'off') {
  return Type.Unsafe<'on' | 'off'>({ type: 'string', enum: ['off', 'on'], default: value })
}
