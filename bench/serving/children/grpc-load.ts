import { create, toBinary } from '@bufbuild/protobuf'
import { ChannelCredentials, Client } from '@grpc/grpc-js'
import {
  ModelInferRequestSchema,
  type ModelInferRequestSchema as Request,
} from '../../../templates/fastify-onnx/features/grpc/base/src/grpc/open_inference_pb.ts'
import { closedLoop } from './closed-loop.ts'
import { answer, tell } from './parent.ts'

// usage: grpc-load PORT MODEL INPUT SIZES, then messages {inFlight, seconds}, each answered by {perSecond}: ModelInfer with random
// float32 of these sizes as raw bytes, over one connection, as gRPC clients do.

const [port = '', modelName = '', name = '', sizes = ''] = process.argv.slice(2)
const shape = sizes.split(',').map(Number)
const values = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => Math.random())
const request = create<typeof Request>(ModelInferRequestSchema, {
  modelName,
  inputs: [{ name, datatype: 'FP32', shape: shape.map(BigInt) }],
  rawInputContents: [new Uint8Array(values.buffer)],
})
const bytes = Buffer.from(toBinary(ModelInferRequestSchema, request))
const client = new Client(`127.0.0.1:${port}`, ChannelCredentials.createInsecure(), {
  'grpc.max_receive_message_length': -1,
  // Clients in C++ find a window that fits by themselves; this one has to be told.
  'grpc-node.flow_control_window': 4 * 2 ** 20,
})
const same = (message: Buffer) => message

function ask(): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const path = '/inference.GRPCInferenceService/ModelInfer'
    client.makeUnaryRequest(path, same, same, bytes, (error, reply) => {
      if (reply) resolve(reply)
      else reject(error ?? new Error('no answer'))
    })
  })
}

await closedLoop(ask, 2, 0.5)
answer(async (message) => {
  const { inFlight, seconds } = Object(message)
  return { perSecond: await closedLoop(ask, inFlight, seconds) }
})
tell({ ready: true })
