import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { buildServer } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { contract } from '../src/contract.ts'
import { features } from '../src/features.ts'
import { sampleRuns, startServer } from './server.ts'
import {
  binaryInputs,
  bytesOf,
  flat,
  INFER,
  jsonInputs,
  postBinary,
  postJson,
  readAnswer,
  sampleTensors,
} from './v2-client.ts'

const app = await startServer()
after(() => app.close())
const tensors = await sampleTensors(app)
const parts = Object.values(tensors).map(bytesOf)
const runs = await sampleRuns(app)
const skip = runs ? false : 'the model cannot run its derived sample'
const names = contract.outputs.map((output) => output.name)
const expected = runs ? await app.predictor.infer(tensors, names) : {}
const hasHalf = (specs: readonly { dtype: string }[]) => specs.some(({ dtype }) => dtype === 'float16')
/** FP16 goes through binary only. */
const skipJson = skip || (hasHalf([...contract.inputs, ...contract.outputs]) && 'FP16 is not sent as JSON')
const skipJsonInput = skip || (hasHalf(contract.inputs) && 'FP16 is not sent as JSON')
const BINARY = { binary_data_output: true }

function get(url: string) {
  return app.inject({ method: 'GET', url })
}

/** All outputs came as bytes, and as those of the model. */
function assertBinaryAnswer(response: Awaited<ReturnType<typeof postJson>>): void {
  const { json, bytes } = readAnswer(response)
  assert.deepEqual(
    json.outputs.map(({ name }) => name),
    names,
  )
  for (const { name, shape } of json.outputs) {
    assert.deepEqual(shape, expected[name]?.shape)
    assert.deepEqual(bytes[name], expected[name] && bytesOf(expected[name]))
  }
}

test('it says that it lives, is ready, who it is and which model it has', async () => {
  assert.deepEqual((await get('/v2/health/live')).json(), { live: true })
  assert.deepEqual((await get('/v2/health/ready')).json(), { ready: true })
  assert.deepEqual((await get('/v2/models')).json(), { models: [contract.name] })
  for (const url of ['/v2', '/v2/']) {
    const { name, version, extensions } = (await get(url)).json()
    assert.deepEqual([name, version, extensions], [contract.name, contract.template.version, ['binary_tensor_data']])
  }
  const ready = await get(`/v2/models/${contract.name}/ready`)
  assert.deepEqual(ready.json(), { name: contract.name, ready: true })
})

test("the model's metadata are its inputs and outputs, -1 where a size may vary", async () => {
  const metadata = (await get(`/v2/models/${contract.name}`)).json()
  assert.deepEqual([metadata.name, metadata.platform], [contract.name, 'onnx_onnxv1'])
  for (const [described, specs] of [
    [metadata.inputs, contract.inputs],
    [metadata.outputs, contract.outputs],
  ]) {
    assert.equal(described.length, specs.length)
    for (const [index, { name, shape }] of specs.entries()) {
      assert.equal(described[index].name, name)
      const sizes = shape?.map((dim: unknown) => (typeof dim === 'number' ? dim : -1)) ?? [-1]
      assert.deepEqual(described[index].shape, contract.rows ? [-1, ...sizes.slice(1)] : sizes)
    }
  }
})

test('JSON in, JSON out: all outputs of the raw model, and the id', { skip: skipJson }, async () => {
  const { json } = readAnswer(await postJson(app, { id: 'order-42', inputs: jsonInputs(tensors) }))
  assert.deepEqual([json.model_name, json.id, 'model_version' in json], [contract.name, 'order-42', false])
  assert.deepEqual(
    json.outputs.map(({ name, shape, data }) => [name, shape, data]),
    names.map((name) => [name, expected[name]?.shape, expected[name] && flat(expected[name])]),
  )
})

test('an id is made where none is given', { skip }, async () => {
  const { json } = readAnswer(await postBinary(app, { inputs: binaryInputs(tensors), parameters: BINARY }, parts))
  assert.match(String(json.id), /^[0-9a-f-]{36}$/)
})

test('JSON in, binary out', { skip: skipJsonInput }, async () => {
  assertBinaryAnswer(await postJson(app, { inputs: jsonInputs(tensors), parameters: BINARY }))
})

test('binary in, binary out', { skip }, async () => {
  assertBinaryAnswer(await postBinary(app, { inputs: binaryInputs(tensors), parameters: BINARY }, parts))
})

test('binary in, JSON out', { skip: skipJson }, async () => {
  const { json } = readAnswer(await postBinary(app, { inputs: binaryInputs(tensors) }, parts))
  for (const { name, data } of json.outputs) assert.deepEqual(data, expected[name] && flat(expected[name]))
})

test('inputs in another order, one as JSON and the rest as binary', { skip: skipJsonInput }, async (t) => {
  if (contract.inputs.length < 2) return t.skip('there is one input')
  const reversed = Object.fromEntries(Object.entries(tensors).reverse())
  const inputs = [...jsonInputs(reversed).slice(0, 1), ...binaryInputs(reversed).slice(1)]
  const behind = Object.values(reversed).map(bytesOf).slice(1)
  assertBinaryAnswer(await postBinary(app, { inputs, parameters: BINARY }, behind))
})

test('the outputs that are asked for, in that order; binary_data wins over binary_data_output', { skip }, async () => {
  const outputs = [...names].reverse().map((name, index) => ({
    name,
    ...(index === 0 && expected[name]?.dtype !== 'float16' && { parameters: { binary_data: false } }),
  }))
  const answer = readAnswer(
    await postBinary(app, { inputs: binaryInputs(tensors), outputs, parameters: BINARY }, parts),
  )
  assert.deepEqual(
    answer.json.outputs.map(({ name }) => name),
    [...names].reverse(),
  )
  for (const { name, parameters } of outputs) assert.equal(name in answer.bytes, parameters === undefined, name)
})

test('a body without JSON is the one input, when its header length is 0', { skip }, async (t) => {
  const [only, ...others] = contract.inputs
  const free = only?.shape?.filter((dim) => typeof dim === 'string').length
  const told = free === 0 || (free === 1 && (only?.dtype !== 'string' || Object.values(tensors)[0]?.data.length === 1))
  if (!only || others.length > 0 || !told || only.dtype === 'string') return t.skip('it would not tell its shape')
  const headers = { 'inference-header-content-length': '0' }
  assertBinaryAnswer(await app.inject({ method: 'POST', url: INFER, headers, payload: Buffer.concat(parts) }))
})

for (const [encoding, compress] of [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
] as const) {
  test(`binary tensors compressed by ${encoding} are taken; the header counts what was before`, { skip }, async () => {
    const json = Buffer.from(JSON.stringify({ inputs: binaryInputs(tensors), parameters: BINARY }))
    const headers = { 'inference-header-content-length': String(json.length), 'content-encoding': encoding }
    const payload = compress(Buffer.concat([json, ...parts]))
    assertBinaryAnswer(await app.inject({ method: 'POST', url: INFER, headers, payload }))
  })
}

test('Content-Type says nothing about the form of the body', { skip }, async () => {
  for (const type of ['application/octet-stream', 'application/json', 'application/json; charset=utf-8']) {
    const body = { inputs: binaryInputs(tensors), parameters: BINARY }
    assertBinaryAnswer(await postBinary(app, body, parts, { 'content-type': type }))
  }
})

test('not ready is 503 before the warm-up; while it drains, it says so and answers nonetheless', {
  skip,
}, async (t) => {
  const cold = await buildServer({ config: loadConfig({ LOG_LEVEL: 'silent' }, features), features })
  t.after(() => cold.close())
  const ask = () => postBinary(cold, { inputs: binaryInputs(tensors), parameters: BINARY }, parts)
  const refused = await ask()
  assert.equal(refused.statusCode, 503)
  assert.match(refused.json().error, /not ready/)
  assert.equal(refused.headers['retry-after'], '1')
  assert.deepEqual((await cold.inject({ url: '/v2/health/ready' })).json(), { ready: false })

  await cold.warmUp()
  assertBinaryAnswer(await ask())
  cold.readiness.drain()
  const ready = await cold.inject({ url: `/v2/models/${contract.name}/ready` })
  assert.deepEqual([ready.statusCode, ready.json().ready], [503, false])
  assertBinaryAnswer(await ask())
})
