import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'
import { buildServer } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { contract } from '../src/contract.ts'
import { features } from '../src/features.ts'
import { HealthCheckResponse_ServingStatus as Serving } from '../src/grpc/health_pb.ts'
import type { Call } from '../src/ml/call.ts'
import { CallerGone, QueueFull } from '../src/ml/errors.ts'
import { type DoorEvent, watch } from '../src/ml/events.ts'
import { CODECS } from '../src/transforms/elements.ts'
import type { Tensor } from '../src/transforms/types.ts'
import { ANY_PORT, bytesOfContents, failureOf, GrpcClient, rawRequest, serveGrpc, typedRequest } from './grpc-client.ts'
import { until } from './guards.ts'
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
const noInputs = contract.inputs.length === 0 && 'there is nothing to ask with'
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
  await client.infer(request)
  const answered = await client.metadataOf({ method: 'serverLive', metadata: { 'x-asked': 'yes' } })
  const wrong = { ...request, modelName: 'other' }
  const refusal = await failureOf(client.infer(wrong, { metadata: { 'x-asked': 'yes' } }))
  for (const stop of unwatch) stop()
  assert.deepEqual([answered.get('x-answered'), refusal.metadata.get('x-answered')], [['yes'], ['yes']])
  const [opened, closed] = doors
  const refused = doors.at(-1)
  assert.ok(opened?.kind === 'opened' && closed?.kind === 'closed' && refused?.kind === 'closed')
  assert.equal(opened.method, 'inference.GRPCInferenceService/ModelInfer')
  assert.deepEqual([closed.code, refused.code], [status.OK, status.NOT_FOUND])
  // What the queue and the batches know the request by.
  assert.ok(origins[0] === opened.origin && closed.origin === opened.origin)
})

test('another model and another version have no metadata, and are not ready', async () => {
  for (const ask of [
    client.modelReady({ name: 'other' }),
    client.modelMetadata({ name: contract.name, version: '7' }),
  ]) {
    const { code, details } = await failureOf(ask)
    assert.equal(code, status.NOT_FOUND, details)
  }
})

test('answers and errors carry the id of the caller, or one of ours in place of one that cannot stand in a log', async () => {
  const idsOf = async (given: string) => {
    const metadata = { 'x-request-id': given }
    const answer = await client.metadataOf({ method: 'serverLive', metadata })
    const refusal = await failureOf(client.modelMetadata({ name: 'other' }, { metadata }))
    return [answer, refusal.metadata].map((each) => String(each.get('x-request-id')[0]))
  }
  assert.deepEqual(await idsOf('mine'), ['mine', 'mine'])
  for (const id of await idsOf('two words')) assert.match(id, /^[0-9a-f-]{36}$/)
})

/** The calls that come to the model, which does not answer them: each when it is known that nobody waits for it any more. */
function holdCalls({ predictor }: FastifyInstance): { readonly held: Call[] } {
  const held: Call[] = []
  predictor.pipeline.infer = async (_tensors, _outputs, call) => {
    assert.ok(call)
    held.push(call)
    await until(async () => call.isGone())
    throw new CallerGone('gone')
  }
  return { held }
}

test('a call that is given up is known to be', { skip: noInputs }, async (t) => {
  const { app: own, client: caller } = await serveGrpc(t)
  const { held } = holdCalls(own)
  const giveUp = new AbortController()
  const failure = failureOf(caller.infer(request, { signal: giveUp.signal }))
  await until(async () => held.length === 1)
  assert.equal(held[0]?.isGone(), false)
  giveUp.abort()
  assert.equal((await failure).code, status.CANCELLED)
  await until(async () => held[0]?.isGone() === true)
})

test('the deadline of the caller is one for the model, too, and so is the time that the server gives', {
  skip: noInputs,
}, async (t) => {
  const { app: own, client: caller } = await serveGrpc(t, { REQUEST_TIMEOUT_MS: '50000' })
  const { held } = holdCalls(own)
  const timeouts = [100, 600_000].map(async (ms) => {
    const signal = AbortSignal.timeout(200)
    return (await failureOf(caller.infer(request, { deadline: Date.now() + ms, signal }))).code
  })
  assert.deepEqual(await Promise.all(timeouts), [status.DEADLINE_EXCEEDED, status.CANCELLED])
  const [soon = 0, late] = held.map((call) => call.caller.timeoutMs).sort((a, b) => a - b)
  assert.ok(soon <= 100)
  assert.equal(late, 50_000)
  await until(async () => held.every((call) => call.isGone()))
})

test('who comes when too many wait is told when to come again', { skip: noInputs }, async (t) => {
  const { app: own, client: caller } = await serveGrpc(t)
  own.predictor.pipeline.infer = () => Promise.reject(new QueueFull('too many', 2500))
  const { code, metadata } = await failureOf(caller.infer(request))
  assert.equal(code, status.UNAVAILABLE)
  assert.deepEqual([metadata.get('retry-after'), metadata.get('grpc-retry-pushback-ms')], [['3'], ['3000']])
})

test('of what breaks inside, the caller hears nothing but where to look', { skip: noInputs }, async (t) => {
  const { app: own, client: caller } = await serveGrpc(t)
  own.predictor.pipeline.infer = () => Promise.reject(new Error('a secret'))
  const { code, details } = await failureOf(caller.infer(request))
  assert.equal(code, status.INTERNAL)
  assert.doesNotMatch(details, /secret/)
})

test('before the warm-up it is live, but not ready; who watches hears when it is', { skip: noInputs }, async (t) => {
  const own = await buildServer({ config: loadConfig({ ...ANY_PORT, LOG_LEVEL: 'silent' }, features), features })
  await own.ready()
  await own.grpc.listen()
  const caller = new GrpcClient(own.grpc.port)
  t.after(async () => {
    caller.close()
    await own.close()
  })
  const heard: number[] = []
  caller
    .watch('')
    .on('data', ({ status: each }) => heard.push(each))
    .on('error', () => undefined)
  assert.equal((await caller.live({})).live, true)
  assert.equal((await caller.ready({})).ready, false)
  assert.equal((await caller.modelReady(model)).ready, false)
  assert.equal((await caller.check({ service: '' })).status, Serving.NOT_SERVING)
  assert.equal((await failureOf(caller.infer(request))).code, status.UNAVAILABLE)
  await own.warmUp()
  await until(async () => heard.length === 2)
  assert.deepEqual(heard, [Serving.NOT_SERVING, Serving.SERVING])
})

test('while it drains it is not ready, and answers', { skip }, async (t) => {
  const { app: own, client: caller } = await serveGrpc(t)
  const drained = own.drain(500)
  assert.equal((await caller.ready({})).ready, false)
  assert.equal((await caller.check({ service: '' })).status, Serving.NOT_SERVING)
  assert.equal((await caller.infer(request)).outputs.length, contract.outputs.length)
  await drained
})

test('health checks say whether it is ready, by the names that there are', async () => {
  for (const service of ['', 'inference.GRPCInferenceService'])
    assert.equal((await client.check({ service })).status, Serving.SERVING)
  assert.equal((await failureOf(client.check({ service: 'other' }))).code, status.NOT_FOUND)
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
