import type { Config } from '../config.ts'

/** For the OpenAPI document: what requests must carry, any one of it; nothing where nothing is asked for. */
export function securitySchemes({ API_KEYS_FILE, JWT_JWKS_FILE }: Config) {
  const schemes = {
    ...(API_KEYS_FILE !== '' && { apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } as const }),
    ...(JWT_JWKS_FILE !== '' && { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } as const }),
  }
  const names = Object.keys(schemes)
  return names.length === 0
    ? {}
    : { components: { securitySchemes: schemes }, security: names.map((name) => ({ [name]: [] })) }
}
