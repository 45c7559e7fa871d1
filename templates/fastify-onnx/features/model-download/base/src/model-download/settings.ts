import type { Settings, Values } from '../settings.ts'
import { options } from './options.ts'

/** The feature's environment variables. */
export const env = {
  /** Where the model is fetched from: http:// or https://. A signed address is a secret. */
  MODEL_URL: { type: 'string', default: options.url, pattern: '^https?://', secret: true },
  /** The Authorization header of that request. */
  MODEL_AUTHORIZATION: { type: 'string', default: '', secret: true },
} as const satisfies Settings

export type DownloadSettings = Values<typeof env>
