import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contract } from '../src/contract.ts'
import { keyOf } from '../src/prediction-cache/key.ts'
import { PredictionCache } from '../src/prediction-cache/prediction-cache.ts'
import type { Tensors } from '../src/transforms/types.ts'
import { sampleRuns, startServer } from './server.ts'

const app = await startServer()
test.after(() => app.close())
const skip = (await sampleRuns(app)) ? false : 'the model cannot run the sample'
const ask = async (url = '/predict') =>
  (await app.inject({ method: 'POST', url, payload: { ...app.predictor.sample } })).json()

test('the model runs once for the same request, whichever route it comes by', { skip }, async () => {
  const first = await ask()
  const { hits, misses } = app.predictionCache
  const second = await ask()
  assert.deepEqual(second, first)
  if (contract.task === 'classification') await ask('/predict/label')
  assert.equal(app.predictionCache.misses, misses)
  assert.equal(app.predictionCache.hits, hits + (contract.task === 'classification' ? 2 : 1))
  const { body } = await app.inject({ url: '/metrics' })
  assert.match(body, new RegExp(`^inference_prediction_cache_hits_total ${app.predictionCache.hits}$`, 'm'))
})

const tensors = (...values: number[]): Tensors => ({
  x: { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) },
})

test('what is not the same has another key', () => {
  const x = tensors(1, 2).x
  assert.ok(x)
  const others = [
    keyOf('m', tensors(1, 2), ['y']),
    keyOf('n', tensors(1, 2), ['y']),
    keyOf('m', tensors(1, 3), ['y']),
    keyOf('m', tensors(1, 2), ['z']),
    keyOf('m', { ...tensors(1, 2), w: x }, ['y']),
    keyOf('m', { w: x }, ['y']),
    keyOf('m', { x: { ...x, shape: [2, 1] } }, ['y']),
    keyOf('m', { x: { dtype: 'int32', shape: [1, 2], data: new Int32Array(Float32Array.of(1, 2).buffer) } }, ['y']),
    keyOf('m', { x: { dtype: 'string', shape: [2], data: ['a', 'b'] } }, ['y']),
    keyOf('m', { x: { dtype: 'string', shape: [2], data: ['ab', ''] } }, ['y']),
  ]
  assert.equal(new Set(others).size, others.length)
})

test('who writes to an answer does not change what others get', () => {
  const cache = new PredictionCache({ bytes: 10_000, ttlMs: 60_000 })
  const outputs = tensors(1, 2)
  cache.set('k', outputs)
  const overwrite = ({ x }: Tensors) => x?.data.reverse()
  overwrite(outputs)
  overwrite(cache.get('k') ?? {})
  assert.deepEqual([...(cache.get('k')?.x?.data ?? [])], [1, 2])
})

test('what was not asked for the longest time makes room', () => {
  const cache = new PredictionCache({ bytes: 2000, ttlMs: 60_000 })
  for (const key of ['a', 'b', 'c', 'd']) cache.set(key, tensors(1, 2, 3, 4))
  assert.equal(cache.get('a'), null)
  assert.ok(cache.get('d'))
  assert.ok(cache.bytes <= 2000)
})
