import type { Settings, Values } from '../settings.ts'

/** The feature's environment variables. */
export const env = {
  /** The folder of releases that is served at /edge/releases/; empty: edge/releases/ beside src or dist. */
  EDGE_RELEASES_DIR: { type: 'string', default: '' },
  /** Whether what guards /predict guards /edge/, too. Browsers send no keys when they open a page, nor do devices. */
  GUARD_EDGE: { type: 'string', enum: ['off', 'on'], default: 'on' },
} as const satisfies Settings

export type EdgeSettings = Values<typeof env>
