import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { contract } from '../src/contract.ts'
import { formatOf } from '../src/image/format.ts'
import { assertClose } from './close.ts'
import { startServer } from './server.ts'

const app = await startServer()
after(() => app.close())
const { b64 } = Object(app.predictor.sample.data)
const skip = typeof b64 === 'string' ? false : 'the sample of vars.yaml is no image'
const file = Buffer.from(String(b64), 'base64')
const type = formatOf(file)?.type ?? 'image/png'

async function predict(payload: string | object, headers: Record<string, string> = {}) {
  const response = await app.inject({ method: 'POST', url: '/predict', payload, headers })
  return { status: response.statusCode, prediction: response.json().prediction, text: response.body }
}

test('a file as the body is answered as the same file in base64', { skip }, async () => {
  const asBody = await predict(file, { 'content-type': type })
  assert.equal(asBody.status, 200, asBody.text)
  assert.deepEqual(asBody.prediction, (await predict({ data: { b64 } })).prediction)
})

test('a list of files is answered by a list', { skip }, async (t) => {
  if (!contract.rows || contract.task === 'tensor') return t.skip('the contract has no rows')
  const { prediction } = await predict({ data: { b64 } })
  assertClose((await predict({ data: [{ b64 }, { b64 }] })).prediction, [prediction, prediction])
})

test('half of a file, and a file that is something else than it says, are refused', { skip }, async () => {
  assert.equal((await predict(file.subarray(0, file.length >> 1), { 'content-type': type })).status, 422)
  const other = type === 'image/png' ? 'image/webp' : 'image/png'
  assert.equal((await predict(file, { 'content-type': other })).status, 422)
  assert.equal((await predict({ data: { b64: 'no base64' } })).status, 422)
})

test('a limit that the sample itself does not keep stops the start, by its name', { skip }, async () => {
  await assert.rejects(startServer({ IMAGE_MAX_SIDE: '1' }), /IMAGE_MAX_SIDE/)
})
