import type { TestContext } from 'node:test'
import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import {
  type CallOptions,
  ChannelCredentials,
  Client,
  type ClientReadableStream,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import { contract } from '../src/contract.ts'
import { Health, type HealthCheckResponse } from '../src/grpc/health_pb.ts'
import {
  GRPCInferenceService,
  type InferTensorContents,
  type ModelInferRequestSchema,
} from '../src/grpc/open_inference_pb.ts'
import { CODECS } from '../src/transforms/elements.ts'
import type { Dtype, Tensors } from '../src/transforms/types.ts'
import { startServer } from './server.ts'
import { bytesOf, flat, jsonInputs } from './v2-client.ts'

export const INFER_PATH = '/inference.GRPCInferenceService/ModelInfer'

interface UnaryMethod<Input extends DescMessage, Output extends DescMessage> {
  readonly parent: { readonly typeName: string }
  readonly name: string
  readonly input: Input
  readonly output: Output
}

export interface AskOptions extends CallOptions {
  readonly metadata?: Readonly<Record<string, string>>
  /** Gives the call up. */
  readonly signal?: AbortSignal
}

/** A client of gRPC on a connection of its own. */
export class GrpcClient {
  readonly #client: Client

  constructor(port: number, credentials = ChannelCredentials.createInsecure()) {
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': -1 }
    this.#client = new Client(`127.0.0.1:${port}`, credentials, options)
  }

  readonly infer = this.#method(GRPCInferenceService.method.modelInfer)
  readonly live = this.#method(GRPCInferenceService.method.serverLive)
  readonly ready = this.#method(GRPCInferenceService.method.serverReady)
  readonly modelReady = this.#method(GRPCInferenceService.method.modelReady)
  readonly serverMetadata = this.#method(GRPCInferenceService.method.serverMetadata)
  readonly modelMetadata = this.#method(GRPCInferenceService.method.modelMetadata)
  readonly check = this.#method(Health.method.check)

  watch(service: string): ClientReadableStream<HealthCheckResponse> {
    const { input, output } = Health.method.watch
    const parse = (bytes: Buffer) => fromBinary(output, bytes)
    const path = '/grpc.health.v1.Health/Watch'
    return this.#client.makeServerStreamRequest(path, encoder(input), parse, { service })
  }

  /** What the server sends in front of its answer to a method that needs no message. */
  metadataOf({ method, metadata }: { method: 'serverLive' | 'serverReady'; metadata: Record<string, string> }) {
    const { name, parent, input, output } = GRPCInferenceService.method[method]
    const parse = (bytes: Buffer) => fromBinary<DescMessage>(output, bytes)
    return new Promise<Metadata>((resolve, reject) => {
      const path = `/${parent.typeName}/${name}`
      const call = this.#client.makeUnaryRequest(path, encoder(input), parse, {}, metadataFrom(metadata), (error) => {
        if (error) reject(error)
      })
      call.on('metadata', resolve)
    })
  }

  /** Bytes as they are, for what no client would send. */
  askBytes(path: string, bytes: Buffer): Promise<Buffer> {
    const same = (value: Buffer) => value
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, same, same, bytes, (error, value) => (value ? resolve(value) : reject(error)))
    })
  }

  close(): void {
    this.#client.close()
  }

  #method<Input extends DescMessage, Output extends DescMessage>(method: UnaryMethod<Input, Output>) {
    const path = `/${method.parent.typeName}/${method.name}`
    const parse = (bytes: Buffer) => fromBinary(method.output, bytes)
    return (
      message: MessageInitShape<Input>,
      { metadata = {}, signal, ...options }: AskOptions = {},
    ): Promise<MessageShape<Output>> => {
      const sent = metadataFrom(metadata)
      return new Promise((resolve, reject) => {
        const end = (error: ServiceError | null, value?: MessageShape<Output>) =>
          value ? resolve(value) : reject(error)
        const call = this.#client.makeUnaryRequest(path, encoder(method.input), parse, message, sent, options, end)
        signal?.addEventListener('abort', () => call.cancel())
      })
    }
  }
}

function metadataFrom(values: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(values)) metadata.set(name, value)
  return metadata
}

function encoder<Schema extends DescMessage>(schema: Schema) {
  return (message: MessageInitShape<Schema>) => Buffer.from(toBinary(schema, create(schema, message)))
}

/** Plain, so that tests can replace parts of it. */
export type InferMessage = Exclude<MessageInitShape<typeof ModelInferRequestSchema>, Message>

/** A request for all outputs, its tensors as raw contents. */
export function rawRequest(tensors: Tensors): InferMessage {
  return { modelName: contract.name, inputs: heads(tensors), rawInputContents: Object.values(tensors).map(bytesOf) }
}

function heads(tensors: Tensors) {
  return jsonInputs(tensors).map(({ name, datatype }, index) => ({
    name: String(name),
    datatype: String(datatype),
    shape: (Object.values(tensors)[index]?.shape ?? []).map(BigInt),
  }))
}

/** The same as typed contents. */
export function typedRequest(tensors: Tensors): InferMessage {
  const contents = Object.values(tensors).map((tensor) => contentsOf(tensor.dtype, flat(tensor)))
  const inputs = heads(tensors).map((head, index) => ({ ...head, contents: contents[index] ?? {} }))
  return { modelName: contract.name, inputs }
}

function contentsOf(dtype: string, values: readonly unknown[]) {
  if (dtype === 'bool') return { boolContents: values.map(Boolean) }
  if (dtype === 'string') return { bytesContents: values.map((text) => Buffer.from(String(text))) }
  if (dtype === 'int64') return { int64Contents: values.map((value) => BigInt(String(value))) }
  if (dtype === 'uint64') return { uint64Contents: values.map((value) => BigInt(String(value))) }
  if (dtype === 'float32') return { fp32Contents: values.map(Number) }
  if (dtype === 'float64') return { fp64Contents: values.map(Number) }
  return dtype.startsWith('u') ? { uintContents: values.map(Number) } : { intContents: values.map(Number) }
}

/** The elements of typed contents as the bytes of raw ones. */
export function bytesOfContents(dtype: Dtype, { $typeName, $unknown, ...fields }: InferTensorContents): Buffer {
  const lists: readonly (readonly unknown[])[] = Object.values(fields)
  const values = lists.flat()
  if (dtype === 'string') return Buffer.concat(values.map((text) => withLength(Buffer.from(text as Uint8Array))))
  const data = CODECS[dtype].allocate(values.length)
  for (const [index, value] of values.entries()) Reflect.set(data, index, value)
  return bytesOf({ dtype, shape: [values.length], data })
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(Uint32Array.of(bytes.length).buffer), bytes])
}

export const ANY_PORT = { HOST: '127.0.0.1', GRPC_PORT: '0' }

/** The real server with its port of gRPC open, and a client, for as long as the test runs. */
export async function serveGrpc(
  t: TestContext,
  settings: Record<string, string> = {},
  credentials?: ChannelCredentials,
) {
  const app = await startServer({ ...ANY_PORT, ...settings })
  await app.grpc.listen()
  const client = new GrpcClient(app.grpc.port, credentials)
  t.after(async () => {
    client.close()
    await app.close()
  })
  return { app, client }
}

/** The error that a call fails with. */
export async function failureOf(answer: Promise<unknown>): Promise<ServiceError> {
  try {
    await answer
  } catch (error) {
    if (error instanceof Error && 'details' in error) return error as ServiceError // What grpc-js rejects with.
    throw error
  }
  throw new Error('the call did not fail')
}
