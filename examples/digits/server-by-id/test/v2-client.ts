import assert from 'node:assert/strict'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { contract } from '../src/contract.ts'
import { elementReader } from '../src/transforms/elements.ts'
import type { Dtype, Tensor, Tensors } from '../src/transforms/types.ts'

/** A client of the Open Inference Protocol, on its own feet: it shares no code with src/v2. */

export const INFER = `/v2/models/${contract.name}/infer`

const DATATYPES: Record<Dtype, string> = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  bool: 'BOOL',
  string: 'BYTES',
}

/** Any key, so that tests can send what is wrong. */
export type Entry = Record<string, unknown>

/** The tensors that the model is asked about for the sample of the contract. */
export async function sampleTensors({ predictor }: FastifyInstance): Promise<Tensors> {
  const { decode, preprocess } = predictor.pipeline
  return preprocess(await decode(predictor.sample))
}

export function jsonInputs(tensors: Tensors): Entry[] {
  return Object.entries(tensors).map(([name, tensor]) => ({ ...head(name, tensor), data: flat(tensor) }))
}

export function binaryInputs(tensors: Tensors): Entry[] {
  return Object.entries(tensors).map(([name, tensor]) => ({
    ...head(name, tensor),
    parameters: { binary_data_size: bytesOf(tensor).length },
  }))
}

function head(name: string, { dtype, shape }: Tensor): Entry {
  return { name, shape, datatype: DATATYPES[dtype] }
}

/** Elements as JSON has them, row-major. */
export function flat(tensor: Tensor): unknown[] {
  return Array.from({ length: tensor.data.length }, (_, index) => elementReader(tensor)(index))
}

/** As the protocol sends them: little-endian, strings with their length in front. */
export function bytesOf({ data }: Tensor): Buffer {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.concat(
    data.flatMap((text) => {
      const bytes = Buffer.from(text)
      return [Buffer.from(Uint32Array.of(bytes.length).buffer), bytes]
    }),
  )
}

/** POST with JSON alone. */
export function postJson(app: FastifyInstance, body: unknown, headers = {}): Promise<LightMyRequestResponse> {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  return app.inject({
    method: 'POST',
    url: INFER,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  })
}

/** POST with JSON and the tensors' bytes behind it; without a Content-Type, as Triton's client does. */
export function postBinary(
  app: FastifyInstance,
  body: unknown,
  parts: readonly Buffer[],
  headers = {},
): Promise<LightMyRequestResponse> {
  const json = Buffer.from(JSON.stringify(body))
  const length = { 'inference-header-content-length': String(json.length) }
  return app.inject({
    method: 'POST',
    url: INFER,
    headers: { ...length, ...headers },
    payload: Buffer.concat([json, ...parts]),
  })
}

export interface Answer {
  readonly json: Entry & { outputs: (Entry & { name: string })[] }
  /** Of each output that came as bytes. */
  readonly bytes: Readonly<Record<string, Buffer>>
}

/** A 200 taken apart; fails when bytes are missing or left over. */
export function readAnswer(response: LightMyRequestResponse): Answer {
  assert.equal(response.statusCode, 200, response.body)
  const { 'inference-header-content-length': header, 'content-length': length, 'content-type': type } = response.headers
  const body = response.rawPayload
  assert.equal(Number(length), body.length)
  assert.equal(type, header === undefined ? 'application/json' : 'application/octet-stream')
  const json = JSON.parse(body.toString('utf8', 0, Number(header ?? body.length)))
  let offset = Number(header ?? body.length)
  const bytes: Record<string, Buffer> = {}
  for (const { name, parameters } of json.outputs) {
    if (parameters?.binary_data_size === undefined) continue
    bytes[name] = body.subarray(offset, offset + parameters.binary_data_size)
    offset += parameters.binary_data_size
  }
  assert.equal(offset, body.length)
  return { json, bytes }
}
