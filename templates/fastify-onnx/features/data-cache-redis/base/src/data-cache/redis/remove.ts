import { Cluster, type Redis } from 'ioredis'
import { type KeyMatch, matches } from '../tier.ts'
import type { Connection } from './connect.ts'

/** Keys that one SCAN looks at: Redis does nothing else meanwhile, and does not notice for so few. */
const KEYS_PER_SCAN = 1000

/** Removes all keys that match, a few at a time (SCAN and UNLINK); gives how many. Throws what ioredis throws. */
export async function removeKeys(connection: Connection, match: KeyMatch): Promise<number> {
  const nodes = connection instanceof Cluster ? connection.nodes('master') : [connection]
  const counts = await Promise.all(nodes.map((node) => removeFrom(node, match)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function removeFrom(node: Redis, match: KeyMatch): Promise<number> {
  const pattern = `${escapeGlob(match.prefix)}*${escapeGlob(match.suffix)}`
  let removed = 0
  for await (const found of node.scanStream({ match: pattern, count: KEYS_PER_SCAN })) {
    const keys: string[] = found
    const pipeline = node.pipeline()
    // One by one: in a cluster, the keys of one node lie in many slots.
    for (const key of keys) if (matches(match, key)) pipeline.unlink(key)
    for (const [error, count] of (await pipeline.exec()) ?? []) {
      if (error) throw error
      removed += Number(count)
    }
  }
  return removed
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
