import { type Environment, prepareEnvironment } from './environment.ts'
import type { Peer } from './peer.ts'
import { peers } from './servers.ts'

/** A peer that can be started. */
export interface Installed {
  readonly peer: Peer
  readonly environment: Environment
}

/** Makes the peers' environments, one after the other. Those that cannot be made are said on stderr, and skipped. */
export async function installPeers(): Promise<Installed[]> {
  const installed: Installed[] = []
  for (const peer of peers) {
    try {
      installed.push({ peer, environment: await prepareEnvironment(peer) })
    } catch (error) {
      process.stderr.write(`skipped: ${peer.title} cannot be installed (is a Python registry reachable?)\n${error}\n`)
    }
  }
  return installed
}
