import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import type { Server, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js'
import { HttpError } from '../plugins/problem.ts'
import { idOf } from './arrival.ts'
import type { Explain } from './status.ts'

type UnaryCall = Pick<ServerUnaryCall<Buffer, unknown>, 'metadata' | 'cancelled' | 'getDeadline'>

/** A call, as the methods see it. */
export interface Rpc {
  readonly id: string
  readonly call: UnaryCall
}

/** The stream of answers to one request. */
export interface AnswerStream<Output extends DescMessage> {
  send(message: MessageInitShape<Output>): void
  /** Ends it with the status of this error. */
  fail(error: Error): void
  onEnd(listener: () => void): void
}

/** The methods of a server of gRPC: messages by their schema, errors as a status. */
export class Methods {
  readonly #server: Server
  readonly #explain: Explain

  constructor(server: Server, explain: Explain) {
    this.#server = server
    this.#explain = explain
  }

  unary<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodUnary<Input, Output>,
    answer: (request: MessageShape<Input>, rpc: Rpc) => MessageInitShape<Output> | Promise<MessageInitShape<Output>>,
  ): void {
    const answerBytes = async (bytes: Buffer, rpc: Rpc) =>
      serialize(method.output, await answer(parse(method.input, bytes), rpc))
    const handle = (call: ServerUnaryCall<Buffer, Buffer>, reply: (error: object | null, value?: Buffer) => void) => {
      const id = idOf(call.metadata)
      answerBytes(call.request, { id, call }).then(
        (bytes) => reply(null, bytes),
        (error) => reply(this.#explain(error, { id, path: pathOf(method) })),
      )
    }
    this.#server.register(pathOf(method), handle, asIs, asIs, 'unary')
  }

  serverStreaming<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodServerStreaming<Input, Output>,
    answer: (request: MessageShape<Input>, stream: AnswerStream<Output>) => void,
  ): void {
    const handle = (call: ServerWritableStream<Buffer, Buffer>) => {
      const id = idOf(call.metadata)
      const fail = (error: unknown) => call.emit('error', this.#explain(error, { id, path: pathOf(method) }))
      try {
        answer(parse(method.input, call.request), {
          send: (message) => call.write(serialize(method.output, message)),
          fail,
          onEnd: (listener) => call.once('cancelled', listener),
        })
      } catch (error) {
        fail(error)
      }
    }
    this.#server.register(pathOf(method), handle, asIs, asIs, 'serverStream')
  }
}

/** As gRPC writes it: `/inference.GRPCInferenceService/ModelInfer`. */
export function pathOf({ parent, name }: DescMethodUnary | DescMethodServerStreaming): string {
  return `/${parent.typeName}/${name}`
}

/** Here and not in grpc-js, which would answer INTERNAL to what is the caller's fault. */
function parse<Schema extends DescMessage>(schema: Schema, bytes: Buffer): MessageShape<Schema> {
  try {
    return fromBinary(schema, bytes)
  } catch (cause) {
    throw Object.assign(new HttpError(400, `The message is no ${schema.typeName}.`), { cause })
  }
}

function serialize<Schema extends DescMessage>(schema: Schema, message: MessageInitShape<Schema>): Buffer {
  const { buffer, byteOffset, byteLength } = toBinary(schema, create(schema, message))
  return Buffer.from(buffer, byteOffset, byteLength)
}

function asIs(bytes: Buffer): Buffer {
  return bytes
}
