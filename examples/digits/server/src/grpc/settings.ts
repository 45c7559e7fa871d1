import { type Static, type TObject, Type } from '@sinclair/typebox'
import { options } from './options.ts'

/** The feature's environment variables. */
export const env = {
  GRPC_PORT: Type.Integer({ default: options.port, minimum: 0, maximum: 65535 }),
}

export type GrpcSettings = Static<TObject<typeof env>>
