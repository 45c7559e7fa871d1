import type { Message } from './client.ts'
import { hasJson } from './datatypes.ts'
import { type Tensor, toBytes, toJson, toNestedJson } from './tensor.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** An infer request before it is written, so that a case can make it wrong. */
export interface Draft {
  readonly inputs: readonly InputDraft[]
  /** What stands beside `inputs`: id, parameters, outputs. */
  readonly rest: JsonObject
}

export interface InputDraft {
  readonly json: JsonObject
  /** The tensor behind the JSON, when it is binary. */
  readonly bytes?: Buffer
}

export interface DraftOptions {
  /** Which inputs go as binary; those that have no JSON always do. */
  readonly binary?: (tensor: Tensor, index: number) => boolean
  readonly nested?: boolean
  readonly rest?: JsonObject
}

export function draftRequest(tensors: readonly Tensor[], options: DraftOptions = {}): Draft {
  const { binary = () => false, nested = false, rest = {} } = options
  const inputs = tensors.map((tensor, index): InputDraft => {
    const { name, datatype, shape } = tensor
    const head = { name, datatype, shape }
    if (hasJson(datatype) && !binary(tensor, index)) {
      return { json: { ...head, data: nested ? toNestedJson(tensor) : toJson(tensor) } }
    }
    const bytes = toBytes(tensor)
    return { json: { ...head, parameters: { binary_data_size: bytes.length } }, bytes }
  })
  return { inputs, rest }
}

/** The draft with some keys of one input changed; undefined takes a key away. */
export function changeInput(draft: Draft, index: number, change: JsonObject): Draft {
  const inputs = draft.inputs.map((input, at) =>
    at === index ? { ...input, json: { ...input.json, ...change } } : input,
  )
  return { ...draft, inputs }
}

/** The request: JSON, and behind it the tensors that go as binary. `spaces` of JSON move these. */
export function writeDraft({ inputs, rest }: Draft, spaces = 0): Message & { readonly body: Buffer } {
  const json = JSON.stringify({ ...rest, inputs: inputs.map((input) => input.json) }) + ' '.repeat(spaces)
  return writeBody(
    json,
    inputs.flatMap(({ bytes }) => bytes ?? []),
  )
}

/** POST with this JSON and these bytes behind it; the header of the binary extension only where there are any. */
export function writeBody(json: string, parts: readonly Buffer[] = []): Message & { readonly body: Buffer } {
  const text = Buffer.from(json)
  const headers =
    parts.length === 0
      ? { 'content-type': 'application/json' }
      : { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(text.length) }
  return { method: 'POST', headers, body: Buffer.concat([text, ...parts]) }
}

export const HEADER_LENGTH = 'inference-header-content-length'
