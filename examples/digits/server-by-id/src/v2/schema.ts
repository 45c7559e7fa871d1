import { type JsonSchema, objectSchema } from '../json-schema.ts'
import type { Json } from '../transforms/types.ts'

/**
 * The bodies of the Open Inference Protocol over REST, as types and as the schemas of them. These check the form only: names,
 * datatypes, sizes and elements are checked against the model where they are read (inputs.ts, outputs.ts). Keys that the
 * protocol does not know are ignored, as real clients send some (KServe's adds `model_name`).
 */

export type Parameters = Readonly<Record<string, string | number | boolean>>

/** `data` is flat or nested; with `parameters.binary_data_size`, the tensor is behind the JSON instead. */
export interface RequestInput {
  name: string
  shape: number[]
  datatype: string
  parameters?: Parameters
  data?: unknown
}

export interface RequestOutput {
  name: string
  parameters?: Parameters
}

export interface InferRequest {
  id?: string
  parameters?: Parameters
  inputs: RequestInput[]
  outputs?: RequestOutput[]
}

export interface InferResponse {
  model_name: string
  id: string
  outputs: {
    name: string
    datatype: string
    shape: number[]
    parameters?: { binary_data_size: number }
    data?: Json[]
  }[]
}

const TEXT: JsonSchema = { type: 'string' }
const SIZE: JsonSchema = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, type: 'integer' }
const VALUE: JsonSchema = { type: ['string', 'number', 'boolean'] }
const PARAMETERS: JsonSchema = { type: 'object', additionalProperties: VALUE }

const INPUT = objectSchema({ name: TEXT, shape: arrayOf(SIZE), datatype: TEXT, parameters: PARAMETERS, data: {} }, [
  'parameters',
  'data',
])
const OUTPUT = objectSchema({ name: TEXT, parameters: PARAMETERS }, ['parameters'])

export const INFER_REQUEST = objectSchema(
  { id: TEXT, parameters: PARAMETERS, inputs: arrayOf(INPUT), outputs: arrayOf(OUTPUT) },
  ['id', 'parameters', 'outputs'],
)

const ANSWERED = objectSchema(
  {
    name: TEXT,
    datatype: TEXT,
    shape: arrayOf({ type: 'integer' }),
    parameters: objectSchema({ binary_data_size: { type: 'integer' } }),
    data: arrayOf({ type: ['number', 'string', 'boolean'] }),
  },
  ['parameters', 'data'],
)

export const INFER_RESPONSE = objectSchema({ model_name: TEXT, id: TEXT, outputs: arrayOf(ANSWERED) })

function arrayOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}
