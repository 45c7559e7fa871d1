import * as z from 'zod'
import type { Answer } from './client.ts'
import { isDatatype } from './datatypes.ts'
import { Mismatch } from './mismatch.ts'

/** The bodies of the Open Inference Protocol over REST, as a client reads them. Keys beyond them are allowed. */

// zod would compile each schema to a function first, which pays only when it is used many times.
z.config({ jitless: true })

const TensorMetadata = z.object({
  name: z.string().min(1),
  datatype: z.string().refine(isDatatype, 'is no datatype of the protocol'),
  shape: z.array(z.int().min(-1)),
})

export const ServerMetadata = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })

export const ModelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()).optional(),
  platform: z.string(),
  inputs: z.array(TensorMetadata),
  outputs: z.array(TensorMetadata),
})

export const ModelList = z.object({ models: z.array(z.string()) })

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

const ResponseOutput = z.object({
  name: z.string(),
  datatype: z.string().refine(isDatatype, 'is no datatype of the protocol'),
  shape: z.array(z.int().min(0)),
  parameters: Parameters.optional(),
  data: z.array(z.unknown()).optional(),
})

export const InferResponse = z.object({
  model_name: z.string(),
  model_version: z.string().optional(),
  id: z.string().optional(),
  parameters: Parameters.optional(),
  outputs: z.array(ResponseOutput),
})

export const ErrorResponse = z.object({ error: z.string().min(1) })

export type ServerMetadata = z.infer<typeof ServerMetadata>
export type ModelMetadata = z.infer<typeof ModelMetadata>
export type TensorMetadata = z.infer<typeof TensorMetadata>
export type InferResponse = z.infer<typeof InferResponse>

/** JSON bytes as `schema`, which `what` names. Throws Mismatch. */
export function readJson<T>(body: Buffer, schema: z.ZodType<T>, what: string): T {
  const json = parseJson(body, what)
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  throw new Mismatch(what, faults.join('; '))
}

function parseJson(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Mismatch(what, body.length === 0 ? 'an empty body' : `no JSON: ${excerpt(body)}`)
  }
}

/** The first characters of a body, on one line. */
export function excerpt(body: Buffer): string {
  const text = body.toString('latin1', 0, 200).replaceAll(/[^\x20-\x7e]+/g, ' ')
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** `404 {"error":"..."}` */
export function describeAnswer({ status, body }: Answer): string {
  return `${status} ${body.length === 0 ? '(empty body)' : excerpt(body)}`
}
