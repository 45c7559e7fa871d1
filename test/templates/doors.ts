import { create, fromBinary, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { ChannelCredentials, Client } from '@grpc/grpc-js'
import { afterAll, expect } from 'vitest'
import { compile } from '../../bench/zoo/generate.ts'
import { freePort, type RunningServer, runServer } from '../../scripts/run-server.ts'
import { create as createServer } from '../../src/create.ts'
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
} from '../../templates/fastify-onnx/features/grpc/base/src/grpc/open_inference_pb.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { type Bits, bytesOf, NAMES, TYPES, valuesOf, WIDTH } from './tensor-bits.ts'
import { type Input, infer } from './v2-server.ts'

function shapeOf(name: string, bytes: Buffer): number[] {
  return [valuesOf(NAMES[name] ?? '', bytes).length / WIDTH, WIDTH]
}

export interface Doors {
  readonly http: RunningServer
  readonly grpc: Client
}

/** The server of a model with its two doors. */
export async function serve(model: string): Promise<Doors> {
  const folder = makeSharedFolder()
  const { project } = await createServer({ cwd: folder, model, name: 'sample', set: ['options.grpc.port=8001'] })
  const { target } = project.inputs
  await compile(target)
  const port = await freePort()
  const http = await runServer(target, { GRPC_PORT: String(port) })
  const grpc = new Client(`127.0.0.1:${port}`, ChannelCredentials.createInsecure())
  afterAll(async () => {
    grpc.close()
    await http.stop()
  })
  return { http, grpc }
}

type Request = MessageInitShape<typeof ModelInferRequestSchema>

function askGrpc(client: Client, request: Request): Promise<MessageShape<typeof ModelInferResponseSchema>> {
  const write = (message: Request) =>
    Buffer.from(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, message)))
  const read = (bytes: Buffer) => fromBinary(ModelInferResponseSchema, bytes)
  return new Promise((resolve, reject) => {
    const end = (error: Error | null, answer?: MessageShape<typeof ModelInferResponseSchema>) =>
      answer ? resolve(answer) : reject(error)
    client.makeUnaryRequest('/inference.GRPCInferenceService/ModelInfer', write, read, request, end)
  })
}

function head([name, bytes]: [string, Buffer]) {
  return { name, datatype: NAMES[name] ?? '', shape: shapeOf(name, bytes).map(BigInt) }
}

function withoutSuffix(name: string): string {
  return name.replace(/_out$/, '')
}

export async function viaRaw({ grpc }: Doors, bits: Bits, id = ''): Promise<Bits> {
  const inputs = Object.entries(bits).map(head)
  const answer = await askGrpc(grpc, { modelName: 'sample', id, inputs, rawInputContents: Object.values(bits) })
  if (id !== '') expect(answer.id).toBe(id)
  const raws = answer.rawOutputContents.map((bytes) => Buffer.from(bytes))
  return Object.fromEntries(answer.outputs.map(({ name }, index) => [withoutSuffix(name), raws[index] ?? Buffer.of()]))
}

export async function viaTyped({ grpc }: Doors, bits: Bits): Promise<Bits> {
  const inputs = Object.entries(bits).map(([name, bytes]) => {
    const datatype = NAMES[name] ?? ''
    const values = valuesOf(datatype, bytes)
    const field = TYPES[datatype]?.field ?? 'bytesContents'
    const elements = field === 'bytesContents' ? values.map((text) => Buffer.from(String(text))) : values
    return { ...head([name, bytes]), contents: { [field]: elements } }
  })
  const { outputs, rawOutputContents } = await askGrpc(grpc, { modelName: 'sample', inputs })
  expect(rawOutputContents).toEqual([])
  const entries = outputs.map(({ name, datatype, contents }) => {
    const field = TYPES[datatype]?.field ?? 'bytesContents'
    return [withoutSuffix(name), bytesOf(datatype, contents?.[field] ?? [])]
  })
  return Object.fromEntries(entries)
}

const BINARY = { parameters: { binary_data_output: true } }

export async function viaHttp({ http }: Doors, inputs: readonly Input[], id?: string): Promise<Bits> {
  const answer = await infer(http, inputs, { ...BINARY, ...(id !== undefined && { id }) })
  expect(answer.error).toBeUndefined()
  if (id !== undefined) expect(answer.id).toBe(id)
  return Object.fromEntries(answer.outputs.map(({ name, bytes }) => [withoutSuffix(name), bytes ?? Buffer.of()]))
}

export function binaryInputs(bits: Bits): Input[] {
  return Object.entries(bits).map(([name, bytes]) => ({
    name,
    datatype: NAMES[name] ?? '',
    shape: shapeOf(name, bytes),
    bytes,
  }))
}

/** 64 bits as decimal strings, FP16 as binary; JSON of JavaScript has no minus zero. */
export function jsonInputs(bits: Bits): Input[] {
  return binaryInputs(bits).map((input) => {
    if (input.datatype === 'FP16') return input
    const { bytes, ...rest } = input
    const values = valuesOf(input.datatype, Buffer.from(bytes ?? []))
    return { ...rest, data: values.map((value) => (typeof value === 'bigint' ? String(value) : value)) }
  })
}
