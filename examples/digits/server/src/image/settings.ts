import { type Static, type TObject, Type } from '@sinclair/typebox'

/** The feature's environment variables. */
export const env = {
  /** Pixels of all images of a request together; each takes 3 bytes while it is prepared. */
  IMAGE_MAX_PIXELS: Type.Integer({ default: 25_000_000, minimum: 1 }),
  /** Width or height of an image, in pixels. */
  IMAGE_MAX_SIDE: Type.Integer({ default: 16_384, minimum: 1 }),
  /** Images of a request. */
  IMAGE_MAX_COUNT: Type.Integer({ default: 64, minimum: 1 }),
}

export type ImageSettings = Static<TObject<typeof env>>
