import type { Settings } from '../settings.ts'

/** The environment of the guards: each is off until its variable says otherwise. config.ts merges them in. */
export const GUARD_SETTINGS = {
  /** Lines `name:sha256hex`; requests must then carry the key in X-API-Key. */
  API_KEYS_FILE: { type: 'string', default: '' },
  /** Public keys (RFC 7517); requests must then carry a token that one of them proves in Authorization: Bearer. */
  JWT_JWKS_FILE: { type: 'string', default: '' },
  JWT_ISSUER: { type: 'string', default: '' },
  JWT_AUDIENCE: { type: 'string', default: '' },
  JWT_ALGORITHMS: { type: 'string', default: 'RS256,ES256,EdDSA' },
  /** A scope that tokens must have. Empty: any token of the issuer will do. */
  JWT_SCOPE: { type: 'string', default: '' },
  /** Requests per time and key, token or address: 100/1m. */
  RATE_LIMIT: { type: 'string', default: '' },
  /** Addresses of the proxies in front of this server, whose X-Forwarded-For is believed. Empty: of none. */
  TRUST_PROXY: { type: 'string', default: '' },
  /** Origins of web pages that may ask, separated by commas; *: all. */
  CORS_ORIGINS: { type: 'string', default: '' },
  TLS_CERT_FILE: { type: 'string', default: '' },
  TLS_KEY_FILE: { type: 'string', default: '' },
  SECURITY_HEADERS: { type: 'string', enum: ['off', 'on'], default: 'off' },
  /** Whether what guards /predict guards these too. */
  GUARD_HEALTH: { type: 'string', enum: ['off', 'on'], default: 'off' },
  GUARD_METRICS: { type: 'string', enum: ['off', 'on'], default: 'off' },
  GUARD_DOCS: { type: 'string', enum: ['off', 'on'], default: 'on' },
} as const satisfies Settings
