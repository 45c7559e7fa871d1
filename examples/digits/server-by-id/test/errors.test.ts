import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { contract } from '../src/contract.ts'
import { extendPointer } from '../src/transforms/errors.ts'
import type { Json } from '../src/transforms/types.ts'
import { startServer } from './server.ts'

const app = await startServer()
after(() => app.close())
const sample = JSON.stringify(app.predictor.sample)

/** POST /predict with a body that is JSON, unless said otherwise. */
function post(payload: string | Buffer, headers: Record<string, string> = {}): InjectOptions {
  return { method: 'POST', url: '/predict', headers: { 'content-type': 'application/json', ...headers }, payload }
}

const tooLarge = JSON.stringify({ data: 'x'.repeat(app.initialConfig.bodyLimit ?? 0) })

const cases: readonly (readonly [name: string, request: InjectOptions, status: number, detail: RegExp])[] = [
  ['a body that is not JSON', post('{"data": [1,'), 400, /JSON/],
  ['a body that is empty', post(''), 400, /empty/],
  ['a POST without any body', { method: 'POST', url: '/predict' }, 400, /empty/],
  ['a body that reaches for the prototype', post('{"__proto__": {"data": 1}}'), 400, /not valid JSON/],
  ['a body that is not UTF-8', post(Buffer.from([0x22, 0xff, 0x22])), 400, /UTF-8/],
  ['a gzip body that is broken', post('not gzip', { 'content-encoding': 'gzip' }), 400, /header/],
  ['an unknown path', { method: 'GET', url: '/predicts' }, 404, /GET \/predicts/],
  ['an unknown path with a body of an unknown type', { method: 'POST', url: '/x', payload: 'a' }, 404, /POST \/x/],
  ['a GET of /predict', { method: 'GET', url: '/predict' }, 405, /only POST/],
  ['a POST to /health', { method: 'POST', url: '/health', payload: 'a' }, 405, /only GET, HEAD/],
  ['a body beyond the limit', post(tooLarge), 413, /large/],
  [
    'a gzip body that is small only as long as it is packed',
    post(gzipSync(tooLarge), { 'content-encoding': 'gzip' }),
    413,
    /large/,
  ],
  [
    'JSON that is sent as a form',
    post(sample, { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
    /application\/json/,
  ],
  ['JSON that is sent as text', post(sample, { 'content-type': 'text/plain' }), 415, /text\/plain/],
  [
    'JSON without a Content-Type',
    { method: 'POST', url: '/predict', payload: Buffer.from(sample) },
    415,
    /no Content-Type/,
  ],
  ['JSON in another charset', post(sample, { 'content-type': 'application/json; charset=latin1' }), 415, /latin1/],
  ['a body in an encoding that it does not know', post(sample, { 'content-encoding': 'br' }), 415, /br/],
  ['a body without data', post('{}'), 422, /schema/],
  ['a body that is null', post('null'), 422, /schema/],
  ['a misspelt key', post(JSON.stringify({ ...JSON.parse(sample), dtaa: 1 })), 422, /schema/],
  ['a broken path', { method: 'GET', url: '/%zz' }, 400, /%zz/],
]

for (const [name, request, status, detail] of cases) {
  test(`${name} is answered with ${status}`, async () => {
    const response = await app.inject(request)
    assert.equal(response.statusCode, status, response.body)
    assert.match(response.headers['content-type']?.toString() ?? '', /^application\/problem\+json/)
    const problem = response.json()
    assert.equal(problem.status, status)
    assert.match(problem.detail, detail)
    assert.equal(problem.request_id, response.headers['x-request-id'])
  })
}

test('a 405 says in Allow what works', async () => {
  const response = await app.inject({ method: 'DELETE', url: '/health/ready' })
  assert.equal(response.headers.allow, 'GET, HEAD')
})

test('null is no number, text and truth: nothing is converted on the way to the model', async (t) => {
  const { data, pointer } = withNull(app.predictor.sample.data, '/data')
  if (pointer === undefined) return t.skip('the sample has no elements')
  const response = await app.inject(post(JSON.stringify({ data })))
  assert.equal(response.statusCode, 422, response.body)
  assert.equal(response.json().errors[0].pointer, pointer)
})

/** The same data with null as its first element, and where that is. */
function withNull(data: Json, pointer: string): { data: Json; pointer?: string } {
  if (typeof data !== 'object' || data === null) return { data: null, pointer }
  const [key, value] = Object.entries(data)[0] ?? []
  if (key === undefined || value === undefined) return { data }
  const inner = withNull(value, extendPointer(pointer, key))
  const copy = Array.isArray(data) ? data.with(0, inner.data) : { ...data, [key]: inner.data }
  return { ...inner, data: copy }
}

test('a 422 points to the key that is not in the schema', async () => {
  const { errors } = (await app.inject(post(JSON.stringify({ ...JSON.parse(sample), dtaa: 1 })))).json()
  assert.match(errors[0].detail, /"dtaa"/)
})

test('no rows are refused where rows are expected', async (t) => {
  if (!contract.rows || contract.inputs.length !== 1) return t.skip('the contract has no rows')
  const response = await app.inject(post('{"data": []}'))
  assert.equal(response.statusCode, 422, response.body)
})
