import type { Settings, Values } from '../settings.ts'
import { options } from './options.ts'

/** The feature's environment variables. */
export const env = {
  GRPC_PORT: { type: 'integer', default: options.port, minimum: 0, maximum: 65535 },
} as const satisfies Settings

export type GrpcSettings = Values<typeof env>
