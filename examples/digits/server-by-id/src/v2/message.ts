import { isUtf8 } from 'node:buffer'
import { InvalidInput } from '../transforms/errors.ts'

/** The body of an infer request: JSON, and behind it the tensors that it announces as binary. */
export interface Message {
  /** Parsed, not checked yet. */
  readonly json: unknown
  readonly binary: Buffer
}

/** Arrays and objects in each other; no tensor comes near it. */
const MAX_DEPTH = 100

/**
 * `headerLength` is the request's Inference-Header-Content-Length: the bytes of JSON. Without it, all of the body is JSON.
 * Nothing is copied. Throws InvalidInput.
 */
export function splitMessage(body: Buffer, headerLength: string | undefined): Message {
  if (headerLength === undefined) return { json: parseJson(body), binary: body.subarray(body.length) }
  const length = Number(headerLength)
  if (!/^\d+$/.test(headerLength) || length > body.length) {
    throw malformed(`Inference-Header-Content-Length is ${headerLength}, and the body has ${body.length} bytes`)
  }
  return { json: parseJson(body.subarray(0, length)), binary: body.subarray(length) }
}

function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw malformed('the body is empty')
  // Decoding would replace broken bytes silently, and the model would be asked about another string.
  if (!isUtf8(bytes)) throw malformed('the JSON is not valid UTF-8')
  const json = parse(bytes.toString('utf8'))
  if (isDeeperThan(json, MAX_DEPTH)) throw malformed(`the JSON is nested deeper than ${MAX_DEPTH} levels`)
  return json
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // V8's own message quotes what was sent.
    throw malformed(
      'the body is not valid JSON; where binary tensors follow it, Inference-Header-Content-Length is its length',
    )
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    if (isDeeperThan(inner, levels - 1)) return true
  }
  return false
}

function malformed(detail: string): InvalidInput {
  return new InvalidInput({ pointer: '', detail })
}
