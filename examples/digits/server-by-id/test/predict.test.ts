import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { contract } from '../src/contract.ts'
import { assertClose } from './close.ts'
import { sampleRuns, startServer } from './server.ts'

const app = await startServer()
after(() => app.close())
const { sample } = app.predictor
const skip = (await sampleRuns(app)) ? false : 'the model cannot run its derived sample'

async function predict(payload: object, url = '/predict'): Promise<unknown> {
  const response = await app.inject({ method: 'POST', url, payload })
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

test('/predict/test answers as /predict does for the sample', { skip }, async () => {
  const response = await app.inject({ method: 'GET', url: '/predict/test' })
  assert.deepEqual(response.json(), await predict(sample))
})

test('/predict/test/label answers as /predict/label does for the sample', { skip }, async (t) => {
  if (contract.task !== 'classification') return t.skip('the model is no classifier')
  const response = await app.inject({ method: 'GET', url: '/predict/test/label' })
  assert.deepEqual(response.json(), await predict(sample, '/predict/label'))
})

test('/predict/label?k= answers the best labels with their scores, best first', { skip }, async (t) => {
  if (contract.task !== 'classification') return t.skip('the model is no classifier')
  const { prediction: label } = Object(await predict(sample, '/predict/label'))
  const { prediction: best } = Object(await predict(sample, '/predict/label?k=1'))
  const [first] = [best].flat(2)
  assert.equal(first.label, [label].flat()[0])
  assert.equal(typeof first.score, 'number')
  for (const k of ['0', '-1', '1.5', 'all', '', '1000000']) {
    const response = await app.inject({ method: 'POST', url: `/predict/label?k=${k}`, payload: sample })
    assert.equal(response.statusCode, 422, response.body)
  }
})

test('rows are answered in their order, each as if it were alone', { skip }, async (t) => {
  const { data } = sample
  const oneRow = contract.rows && contract.task !== 'tensor' && Array.isArray(data) && data.length === 1
  if (!oneRow) return t.skip('the sample is not one row')
  const alone = Object(await predict(sample)).prediction
  const { prediction } = Object(await predict({ data: [...data, ...data, ...data] }))
  // Close, not equal: a runtime may add up a batch in another order than one row.
  assertClose(prediction, [alone, alone, alone])
})

test('query parameters that it does not know are ignored', { skip }, async () => {
  assert.deepEqual(await predict(sample, '/predict?verbose=1'), await predict(sample))
})

for (const [encoding, compress] of [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
] as const) {
  test(`a body compressed by ${encoding} is taken`, { skip }, async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/predict',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      payload: compress(JSON.stringify(sample)),
    })
    assert.deepEqual(response.json(), await predict(sample))
  })
}

test("the caller's request id is answered, a strange one is replaced", async () => {
  const ask = async (id: string) =>
    (await app.inject({ method: 'GET', url: '/health', headers: { 'x-request-id': id } })).headers['x-request-id']
  assert.equal(await ask('order-42'), 'order-42')
  assert.match(String(await ask('<script>')), /^[0-9a-f-]{36}$/)
})
