import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { contract } from '../src/contract.ts'
import { HealthCheckResponse_ServingStatus as Serving } from '../src/grpc/health_pb.ts'
import { type DoorEvent, watch } from '../src/ml/events.ts'
import { CODECS } from '../src/transforms/elements.ts'
import type { Tensor } from '../src/transforms/types.ts'
import {
  ANY_PORT,
  bytesOfContents,
  failureOf,
  GrpcClient,
  type InferMessage,
  rawRequest,
  serveGrpc,
  typedRequest,
} from './grpc-client.ts'
import { sampleRuns, startServer } from './server.ts'
import { binaryInputs, bytesOf, postBinary, readAnswer, sampleTensors } from './v2-client.ts'

const app = await startServer({ ...ANY_PORT })
await app.grpc.listen()
const client = new GrpcClient(app.grpc.port)
after(async () => {
  client.close()
  await app.close()
})

const tensors = await sampleTensors(app)
const request = rawRequest(tensors)
const model = { name: contract.name }
const skip = (await sampleRuns(app)) ? false : 'the derived sample does not run'
const hasTyped =
  contract.inputs.length > 0 && ![...contract.inputs, ...contract.outputs].some(({ dtype }) => dtype === 'float16')

test('the server and its model say that they are live and ready', async () => {
  assert.equal((await client.live({})).live, true)
  assert.equal((await client.ready({})).ready, true)
  assert.equal((await client.modelReady(model)).ready, true)
})

test('metadata are those of HTTP', async () => {
  const { name, version, extensions } = await client.serverMetadata({})
  assert.deepEqual({ name, version, extensions }, (await app.inject('/v2')).json())
  const described = await client.modelMetadata(model)
  const http = (await app.inject(`/v2/models/${contract.name}`)).json()
  assert.deepEqual([described.name, described.platform], [http.name, http.platform])
  for (const kind of ['inputs', 'outputs'] as const) {
    const tensorsOf = described[kind].map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(Number) }))
    assert.deepEqual(tensorsOf, http[kind])
  }
})

test('raw contents give the bits of binary tensors over HTTP', { skip }, async () => {
  const { modelName, id, outputs, rawOutputContents } = await client.infer({ ...request, id: 'order-42' })
  assert.deepEqual([modelName, id], [contract.name, 'order-42'])
  const body = { inputs: binaryInputs(tensors), parameters: { binary_data_output: true } }
  const http = readAnswer(await postBinary(app, body, Object.values(tensors).map(bytesOf)))
  for (const [index, { name, datatype, shape, contents }] of outputs.entries()) {
    const expected = http.json.outputs[index]
    assert.deepEqual([name, datatype, shape.map(Number)], [expected?.name, expected?.datatype, expected?.shape])
    assert.equal(contents, undefined)
    assert.deepEqual(Buffer.from(rawOutputContents[index] ?? []), http.bytes[name])
  }
  assert.equal(outputs.length, contract.outputs.length)
})

test('NaN, infinities and minus zero have the same bits, or the same error, as over HTTP', { skip }, async () => {
  const special = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, withSpecials(tensor)]))
  const body = { inputs: binaryInputs(special), parameters: { binary_data_output: true } }
  const http = await postBinary(app, body, Object.values(special).map(bytesOf))
  if (http.statusCode !== 200) {
    const { details } = await failureOf(client.infer(rawRequest(special)))
    return assert.equal(details, http.json().error)
  }
  const { outputs, rawOutputContents } = await client.infer(rawRequest(special))
  const bits = outputs.map(({ name }, index) => [name, Buffer.from(rawOutputContents[index] ?? [])])
  assert.deepEqual(Object.fromEntries(bits), readAnswer(http).bytes)
})

/** Floats with what JSON has no number for in front. */
function withSpecials(tensor: Tensor): Tensor {
  if (!/^float(32|64)$/.test(tensor.dtype)) return tensor
  const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]
  const data = CODECS[tensor.dtype].allocate(tensor.data.length)
  for (let index = 0; index < data.length; index += 1) Reflect.set(data, index, specials[index] ?? tensor.data[index])
  return { ...tensor, data }
}

test('typed contents are answered in typed contents, of the same values', { skip: skip || !hasTyped }, async () => {
  const typed = await client.infer(typedRequest(tensors))
  assert.deepEqual(typed.rawOutputContents, [])
  const raw = await client.infer(request)
  for (const [index, { contents }] of typed.outputs.entries()) {
    const { dtype } = contract.outputs[index] ?? {}
    assert.ok(dtype && contents)
    assert.deepEqual(bytesOfContents(dtype, contents), Buffer.from(raw.rawOutputContents[index] ?? []))
  }
})

test('the outputs that are asked for come, in their order', { skip }, async () => {
  const names = contract.outputs.map(({ name }) => name).reverse()
  const { outputs } = await client.infer({ ...request, outputs: names.map((name) => ({ name })) })
  assert.deepEqual(
    outputs.map(({ name }) => name),
    names,
  )
})

test('a request without an id gets one, or that of its metadata', { skip }, async () => {
  assert.notEqual((await client.infer(request)).id, '')
  assert.equal((await client.infer(request, { metadata: { 'x-request-id': 'mine' } })).id, 'mine')
})

test('who watches doors sees each call, its metadata, and what becomes of it', { skip }, async () => {
  const doors: DoorEvent[] = []
  const origins: object[] = []
  const unwatch = [
    watch('door', app.model, (event) => {
      if (event.kind === 'opened') event.respond('x-answered', event.header('x-asked') ?? '')
      doors.push(event)
    }),
    watch('request', app.model, ({ call }) => origins.push(call.caller.origin)),
  ]
  const answered = await client.metadataOf(request, { 'x-asked': 'yes' })
  await failureOf(client.infer({ ...request, modelName: 'other' }))
  for (const stop of unwatch) stop()
  assert.deepEqual(answered.get('x-answered'), ['yes'])
  const [opened, closed, , refused] = doors
  assert.ok(opened?.kind === 'opened' && closed?.kind === 'closed' && refused?.kind === 'closed')
  assert.equal(opened.method, 'inference.GRPCInferenceService/ModelInfer')
  assert.deepEqual([closed.code, refused.code], [status.OK, status.NOT_FOUND])
  // What the queue and the batches know the request by.
  assert.ok(origins[0] === opened.origin && closed.origin === opened.origin)
})

test('another model and another version are not found', async () => {
  for (const ask of [
    client.infer({ ...request, modelName: 'other' }),
    client.infer({ ...request, modelVersion: '7' }),
    client.modelReady({ name: 'other' }),
    client.modelMetadata({ name: contract.name, version: '7' }),
  ]) {
    const { code, details, metadata } = await failureOf(ask)
    assert.equal(code, status.NOT_FOUND, details)
    assert.notEqual(metadata.get('x-request-id').length, 0)
  }
})

test('what does not fit is the fault of the caller, with its place', {
  skip: contract.inputs.length === 0,
}, async () => {
  const [first, ...others] = request.inputs ?? []
  const raws = { rawInputContents: request.rawInputContents ?? [] }
  const cases: readonly (readonly [message: InferMessage, details: RegExp])[] = [
    [{ ...request, inputs: others, rawInputContents: (request.rawInputContents ?? []).slice(1) }, /is missing/],
    [{ ...request, rawInputContents: [...(request.rawInputContents ?? []), Buffer.alloc(1)] }, /raw contents for/],
    [{ ...request, inputs: [{ ...first, shape: [-1n] }, ...others] }, /\/inputs\/0\/shape: -1 is no size/],
    [{ ...request, inputs: [{ ...first, datatype: 'NONE' }, ...others] }, /\/inputs\/0\/datatype: .*NONE/],
    [{ ...typedRequest(tensors), ...raws }, /do not go together/],
    [{ ...request, inputs: [{ ...first, name: 'other' }, ...others] }, /no input "other"/],
    [{ ...request, outputs: [{ name: 'other' }] }, /no output "other"/],
  ]
  for (const [message, expected] of cases) {
    const { code, details } = await failureOf(client.infer(message))
    assert.equal(code, status.INVALID_ARGUMENT, details)
    assert.match(details, expected)
  }
})

test('bytes that are no message are the fault of the caller', async () => {
  const { code, details } = await failureOf(
    client.askBytes('/inference.GRPCInferenceService/ModelInfer', Buffer.from([255, 255, 255])),
  )
  assert.equal(code, status.INVALID_ARGUMENT, details)
})

test('an unknown method is unimplemented', async () => {
  const { code } = await failureOf(client.askBytes('/inference.GRPCInferenceService/ModelTrain', Buffer.alloc(0)))
  assert.equal(code, status.UNIMPLEMENTED)
})

test('a deadline that is over is not computed for', { skip }, async () => {
  const { code } = await failureOf(client.infer(request, { deadline: Date.now() - 1 }))
  assert.equal(code, status.DEADLINE_EXCEEDED)
})

test('the time that the server gives is a deadline, too', { skip }, async (t) => {
  const { client: own } = await serveGrpc(t, { REQUEST_TIMEOUT_MS: '1', BATCH_DELAY_MS: '500' })
  const answers = await Promise.allSettled(Array.from({ length: 4 }, () => own.infer(request)))
  for (const answer of answers)
    if (answer.status === 'rejected') assert.equal(answer.reason.code, status.DEADLINE_EXCEEDED)
})

test('health checks say whether it is ready, by the names that there are', async () => {
  for (const service of ['', 'inference.GRPCInferenceService'])
    assert.equal((await client.check({ service })).status, Serving.SERVING)
  assert.equal((await failureOf(client.check({ service: 'other' }))).code, status.NOT_FOUND)
})

test('a message beyond the limit is refused', async (t) => {
  const { client: own } = await serveGrpc(t, { BODY_LIMIT: '1000' })
  const { code } = await failureOf(own.infer({ ...request, id: 'x'.repeat(2000) }))
  assert.equal(code, status.RESOURCE_EXHAUSTED)
})

test('who watches its health hears that it stops', async (t) => {
  const { app: stopping, client: own } = await serveGrpc(t)
  const heard: number[] = []
  const stream = own.watch('').on('data', ({ status: each }) => heard.push(each))
  const unknown = own.watch('other').on('error', () => undefined)
  assert.equal((await once(unknown, 'data'))[0].status, Serving.SERVICE_UNKNOWN)
  while (heard.length === 0) await new Promise(setImmediate)
  const closed = stopping.drain(0).then(() => stopping.close())
  const [error] = await once(stream, 'error')
  assert.equal(error.code, status.UNAVAILABLE)
  assert.deepEqual(heard, [Serving.SERVING, Serving.NOT_SERVING])
  await closed
})

test('calls that are on their way when it stops are answered', { skip }, async (t) => {
  const { app: stopping, client: own } = await serveGrpc(t)
  await own.live({})
  const answers = Array.from({ length: 32 }, () => own.infer(request))
  await Promise.race(answers)
  const closed = stopping.drain(0).then(() => stopping.close())
  for (const { outputs } of await Promise.all(answers)) assert.equal(outputs.length, contract.outputs.length)
  await closed
  assert.equal((await failureOf(own.live({}))).code, status.UNAVAILABLE)
})
