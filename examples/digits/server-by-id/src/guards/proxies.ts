import { isIP } from 'node:net'
import { ConfigError } from '../config.ts'

/**
 * TRUST_PROXY as Fastify takes it: the proxies whose X-Forwarded-For is believed. No number of them, and not all: whoever
 * reaches the server past them would choose an address for each request. Throws ConfigError.
 */
export function parseProxies(text: string): string[] | false {
  if (text === '') return false
  const proxies = text.split(',').map((proxy) => proxy.trim())
  const wrong = proxies.find((proxy) => !isProxy(proxy))
  if (wrong === undefined) return proxies
  throw new ConfigError(
    `TRUST_PROXY: "${wrong}" is not an address or network of proxies, such as 10.0.0.0/8, loopback or uniquelocal`,
  )
}

function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [, address = '', bits] = /^([^/]*)(?:\/([1-9]\d{0,2}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && Number(bits ?? 1) <= (version === 4 ? 32 : 128)
}
