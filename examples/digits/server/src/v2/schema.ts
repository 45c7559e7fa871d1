import { type Static, Type } from '@sinclair/typebox'
import type { Json } from '../transforms/types.ts'

/**
 * The bodies of the Open Inference Protocol over REST. They check the form only: names, datatypes, sizes and elements are
 * checked against the model where they are read (inputs.ts, outputs.ts). Keys that the protocol does not know are ignored,
 * as real clients send some (KServe's adds `model_name`).
 */

export type Parameters = Readonly<Record<string, string | number | boolean>>

const Parameters = Type.Unsafe<Parameters>({
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
})

/** `data` is flat or nested; with `parameters.binary_data_size`, the tensor is behind the JSON instead. */
const RequestInput = Type.Object({
  name: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  datatype: Type.String(),
  parameters: Type.Optional(Parameters),
  data: Type.Optional(Type.Unknown()),
})

const RequestOutput = Type.Object({ name: Type.String(), parameters: Type.Optional(Parameters) })

export const InferRequest = Type.Object({
  id: Type.Optional(Type.String()),
  parameters: Type.Optional(Parameters),
  inputs: Type.Array(RequestInput),
  outputs: Type.Optional(Type.Array(RequestOutput)),
})

const ResponseOutput = Type.Object({
  name: Type.String(),
  datatype: Type.String(),
  shape: Type.Array(Type.Integer()),
  parameters: Type.Optional(Type.Object({ binary_data_size: Type.Integer() })),
  data: Type.Optional(Type.Array(Type.Unsafe<Json>({ type: ['number', 'string', 'boolean'] }))),
})

export const InferResponse = Type.Object({
  model_name: Type.String(),
  id: Type.String(),
  outputs: Type.Array(ResponseOutput),
})

export type RequestInput = Static<typeof RequestInput>
export type RequestOutput = Static<typeof RequestOutput>
export type InferRequest = Static<typeof InferRequest>
export type InferResponse = Static<typeof InferResponse>
