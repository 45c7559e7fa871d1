import type { Settings, Values } from '../settings.ts'

/** The feature's environment variables. */
export const env = {
  /** Pixels of all images of a request together; each takes 3 bytes while it is prepared. */
  IMAGE_MAX_PIXELS: { type: 'integer', default: 25_000_000, minimum: 1 },
  /** Width or height of an image, in pixels. */
  IMAGE_MAX_SIDE: { type: 'integer', default: 16_384, minimum: 1 },
  /** Images of a request. */
  IMAGE_MAX_COUNT: { type: 'integer', default: 64, minimum: 1 },
} as const satisfies Settings

export type ImageSettings = Values<typeof env>
