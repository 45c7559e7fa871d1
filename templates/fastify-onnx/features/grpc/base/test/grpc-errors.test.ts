import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import { contract } from '../src/contract.ts'
import {
  ANY_PORT,
  failureOf,
  GrpcClient,
  INFER_PATH,
  type InferMessage,
  rawRequest,
  serveGrpc,
  typedRequest,
} from './grpc-client.ts'
import { sampleRuns, startServer } from './server.ts'
import { sampleTensors } from './v2-client.ts'

const app = await startServer({ ...ANY_PORT })
await app.grpc.listen()
const client = new GrpcClient(app.grpc.port)
after(async () => {
  client.close()
  await app.close()
})

const limit = app.initialConfig.bodyLimit ?? 0
/** Long, and below every limit. */
const LONG = 1_000_000
const tensors = await sampleTensors(app)
const request = rawRequest(tensors)
const [first, ...others] = request.inputs ?? []
const [raw = Buffer.alloc(0), ...otherRaws] = request.rawInputContents ?? []
const rank = Object.values(tensors)[0]?.shape.length ?? 0
const output = contract.outputs[0]?.name ?? ''

/** The sample, its first input changed. */
function changed(change: object): InferMessage {
  return { ...request, inputs: [{ ...first, ...change }, ...others] }
}

function asking(...outputs: NonNullable<InferMessage['outputs']>): InferMessage {
  return { ...request, outputs }
}

type Case = readonly [name: string, message: InferMessage, code: status, details: RegExp]

const INVALID = status.INVALID_ARGUMENT
const flag = { parameterChoice: { case: 'int64Param', value: 1n } } as const

const cases: readonly Case[] = [
  ['another model', { ...request, modelName: 'other' }, status.NOT_FOUND, /"other"/],
  ['no model', { ...request, modelName: '' }, status.NOT_FOUND, /no model ""/],
  ['another version', { ...request, modelVersion: '7' }, status.NOT_FOUND, /no versions/],
  ['a model whose name fills pages', { ...request, modelName: 'x'.repeat(LONG) }, status.NOT_FOUND, /x\.\.\.$/],
  [
    'a model of half characters',
    { ...request, modelName: `${'x'.repeat(30)}😀`.repeat(100) },
    status.NOT_FOUND,
    /no model/,
  ],
  [
    'raw contents without an input',
    { ...request, rawInputContents: [raw, ...otherRaws, raw] },
    INVALID,
    /raw contents for/,
  ],
  [
    'an input that the model has not',
    {
      ...request,
      inputs: [...(request.inputs ?? []), { name: 'nothing' }],
      rawInputContents: [raw, ...otherRaws, raw].slice(first ? 0 : 1),
    },
    INVALID,
    /nothing/,
  ],
  [
    'as many inputs as a message can hold',
    { ...request, inputs: Array(LONG / 2).fill({}), rawInputContents: [] },
    INVALID,
    /\d+ inputs, and the model has \d+/,
  ],
  ['an output that the model has not', asking({ name: 'nothing' }), INVALID, /no output "nothing"/],
  ['an output asked for twice', asking({ name: output }, { name: output }), INVALID, /twice/],
  [
    "Triton's classification extension",
    asking({ name: output, parameters: { classification: flag } }),
    INVALID,
    /not supported/,
  ],
  [
    'binary_data that is neither true nor false',
    asking({ name: output, parameters: { binary_data: flag } }),
    INVALID,
    /true or false/,
  ],
  ['a message beyond the limit', { ...request, id: 'x'.repeat(limit) }, status.RESOURCE_EXHAUSTED, /larger than max/],
]

const casesOfAnInput: readonly Case[] = [
  ['a missing input', { ...request, inputs: others, rawInputContents: otherRaws }, INVALID, /is missing/],
  [
    'an input given twice',
    { ...request, inputs: [...(request.inputs ?? []), first ?? {}], rawInputContents: [raw, ...otherRaws, raw] },
    INVALID,
    /twice/,
  ],
  ['a wrong datatype', changed({ datatype: 'FP8' }), INVALID, /\/inputs\/0\/datatype: .*"FP8"/],
  [
    'a datatype whose words are cut within a character',
    changed({ datatype: '😀'.repeat(100) }),
    INVALID,
    /\/inputs\/0\/datatype/,
  ],
  ['a negative size', changed({ shape: [-1n] }), INVALID, /\/inputs\/0\/shape: -1 is no size/],
  ['so many elements that their number overflows', changed({ shape: [16n, 2n ** 60n + 2n] }), INVALID, /is no size/],
  ['so many elements that their number is inexact', changed({ shape: [2n ** 40n, 2n ** 40n] }), INVALID, /too many/],
  ['more dimensions than a tensor has', changed({ shape: Array(1000).fill(1n) }), INVALID, /more than 32/],
  [
    'a byte too many',
    { ...request, rawInputContents: [Buffer.concat([raw, Buffer.alloc(1)]), ...otherRaws] },
    INVALID,
    /\/inputs\/0: /,
  ],
  ['neither raw contents nor typed ones', { ...request, rawInputContents: [] }, INVALID, /\/inputs\/0\/contents: /],
  [
    'raw contents and typed ones',
    { ...typedRequest(tensors), rawInputContents: request.rawInputContents ?? [] },
    INVALID,
    /do not go together/,
  ],
  [
    'typed contents of other types',
    { ...changed({ contents: { fp32Contents: [1], boolContents: [true] } }), rawInputContents: [] },
    INVALID,
    /\/inputs\/0\/contents: /,
  ],
]

/** A model that declares no rank takes any. */
const casesOfAShape: readonly Case[] = [
  ['another rank', changed({ shape: Array(rank + 1).fill(1n) }), INVALID, /got \[1/],
  ['no dimension, or one too many', changed({ shape: rank === 0 ? [1n] : [] }), INVALID, /got \[/],
]

const noRows = (request.inputs ?? []).map((input) => ({ ...input, shape: [0n, ...(input.shape ?? []).slice(1)] }))
const casesOfRows: readonly Case[] = [
  [
    'no row where rows are expected',
    { ...request, inputs: noRows, rawInputContents: noRows.map(() => Buffer.alloc(0)) },
    INVALID,
    /at least one row/,
  ],
]

for (const [name, message, code, details] of [
  ...cases,
  ...(first && raw.length > 0 ? casesOfAnInput : []),
  ...(contract.inputs[0]?.shape ? casesOfAShape : []),
  ...(contract.rows && first ? casesOfRows : []),
]) {
  test(`${name} is answered with ${status[code]}`, async () => {
    const failure = await failureOf(client.infer(message))
    assert.equal(failure.code, code, failure.details)
    assert.match(failure.details, details)
    if (code === status.RESOURCE_EXHAUSTED) return
    // A message that is too large is refused before anything looks at it.
    assert.match(String(failure.metadata.get('x-request-id')[0]), /^[0-9a-f-]{36}$/)
  })
}

/** What comes back for frames that no client would send; nothing, while it is waited for more. */
async function answerTo(body: Buffer, headers: Record<string, string> = {}, port = app.grpc.port) {
  const session = connect(`http://127.0.0.1:${port}`)
  const path = { ':method': 'POST', ':path': INFER_PATH }
  const stream = session.request({ ...path, 'content-type': 'application/grpc', te: 'trailers', ...headers })
  stream.write(body)
  if (body.length !== 3) stream.end()
  const [answer]: IncomingHttpHeaders[] = await once(stream, 'response')
  session.destroy()
  return answer
}

function framed(message: Buffer, { packed = false } = {}): Buffer {
  const head = Buffer.from([packed ? 1 : 0, 0, 0, 0, 0])
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

const GZIP = { 'grpc-encoding': 'gzip' }
const broken: readonly (readonly [name: string, body: Buffer, headers: Record<string, string>, code: status])[] = [
  ['a message that is none', framed(Buffer.from([255, 255, 255])), {}, INVALID],
  ['a message as deep as it is long', framed(Buffer.alloc(LONG, 0x7b)), {}, INVALID],
  [
    'a message that is small only as long as it is packed',
    framed(gzipSync(Buffer.alloc(limit + 1)), { packed: true }),
    GZIP,
    status.RESOURCE_EXHAUSTED,
  ],
  ['a message that is not packed as it says', framed(Buffer.from('hello'), { packed: true }), GZIP, status.INTERNAL],
  [
    'an encoding that it does not know',
    framed(Buffer.from('hello'), { packed: true }),
    { 'grpc-encoding': 'br' },
    status.UNIMPLEMENTED,
  ],
  ['a length beyond the limit', Buffer.from([0, 255, 255, 255, 255]), {}, status.RESOURCE_EXHAUSTED],
  ['no message', Buffer.alloc(0), {}, status.UNIMPLEMENTED],
  ['two messages', Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))]), {}, status.UNIMPLEMENTED],
  [
    'an unknown method',
    framed(Buffer.alloc(0)),
    { ':path': '/inference.GRPCInferenceService/ModelTrain' },
    status.UNIMPLEMENTED,
  ],
]

for (const [name, body, headers, code] of broken) {
  test(`${name} is answered with ${status[code]}`, async () => {
    assert.equal((await answerTo(body, headers))?.['grpc-status'], String(code))
  })
}

test('a message that does not arrive in time is not waited for', async (t) => {
  const { app: own } = await serveGrpc(t, { RECEIVE_TIMEOUT_MS: '100' })
  const answer = await answerTo(Buffer.alloc(3), {}, own.grpc.port)
  assert.equal(answer?.['grpc-status'], String(status.DEADLINE_EXCEEDED))
  assert.match(String(answer?.['grpc-message']), /arrive/)
})

test('a packed message is read', async () => {
  const answer = await answerTo(framed(gzipSync(Buffer.alloc(0)), { packed: true }), GZIP)
  assert.equal(answer?.['grpc-status'], String(status.NOT_FOUND))
})

test('after all of this, it answers', async (t) => {
  if (!(await sampleRuns(app))) return t.skip('the model cannot run its derived sample')
  assert.equal((await client.infer(request)).outputs.length, contract.outputs.length)
})
