import type { Settings, Values } from '../settings.ts'

/** The feature's environment variables. */
export const env = {
  /** The folder of releases that is served at /edge/releases/; empty: edge/releases/ beside src or dist. */
  EDGE_RELEASES_DIR: { type: 'string', default: '' },
} as const satisfies Settings

export type EdgeSettings = Values<typeof env>
