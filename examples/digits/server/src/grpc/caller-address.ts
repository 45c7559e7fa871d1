import proxyAddr from '@fastify/proxy-addr'
import type { Config } from '../config.ts'
import { parseProxies } from '../guards/proxies.ts'

/** Whether this address, so many steps from here, is a proxy whose word counts (TRUST_PROXY). */
export type Trusts = (address: string, step: number) => boolean

export function trustedProxies({ TRUST_PROXY }: Config): Trusts {
  const proxies = parseProxies(TRUST_PROXY)
  return proxies ? proxyAddr.compile(proxies) : () => false
}

/** Who is behind the proxies, as HTTP tells it. `peer` is `1.2.3.4:5678` or `::1:5678`. */
export function callerAddress(peer: string, forwarded: string | undefined, trusts: Trusts): string {
  const before = forwarded?.split(',').reverse() ?? []
  const hops = [peer.replace(/:\d+$/, ''), ...before.map((hop) => hop.trim())]
  return hops.find((hop, step) => !trusts(hop, step)) ?? hops.at(-1) ?? peer
}
