import { randomUUID } from 'node:crypto'

/** Why there is nowhere to keep entries; false: there is. */
export const noTiers: string | false = false

/** Environment variables with which a server has a cache of its own, that nobody else has filled. */
export function ownTiers(): Record<string, string> {
  return { SOURCE_NAME: randomUUID() }
}
