import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { FastifyInstance } from 'fastify'
import { buildServer } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { contract } from '../src/contract.ts'
import { features } from '../src/features.ts'
import { Call } from '../src/ml/call.ts'
import { readMetrics } from './metrics.ts'
import { sampleRuns, startServer } from './server.ts'

const COUNT = 'inference_request_duration_seconds_count'

async function start(t: TestContext, settings: Record<string, string> = {}): Promise<FastifyInstance> {
  const app = await startServer(settings)
  t.after(() => app.close())
  return app
}

function predict(app: FastifyInstance, times = 1) {
  const request = { method: 'POST', url: '/predict', payload: app.predictor.sample } as const
  return Promise.all(Array.from({ length: times }, () => app.inject(request)))
}

test('/metrics is in the text format of Prometheus, and names the model', async (t) => {
  const app = await start(t)
  const response = await app.inject({ method: 'GET', url: '/metrics' })
  assert.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const { file, sha256 } = contract.model
  assert.ok(response.body.includes('# TYPE inference_request_duration_seconds histogram\n'))
  assert.ok(response.body.includes(`file="${file}",sha256="${sha256}"`))
  const { budget } = contract
  if (budget)
    assert.ok(response.body.includes(`inference_request_duration_seconds_bucket{le="${budget.latencyP99Ms / 1000}"}`))
})

test('each prediction is counted once in the total and in every stage', async (t) => {
  const app = await start(t)
  if (!(await sampleRuns(app))) return t.skip('the model cannot run its derived sample')
  const before = await readMetrics(app)
  await predict(app, 7)
  const after = await readMetrics(app)
  const names = ['preprocess', 'queue', 'inference', 'postprocess'].map(
    (stage) => `inference_stage_duration_seconds_count{stage="${stage}"}`,
  )
  for (const name of [COUNT, ...names]) assert.equal(difference(before, after, name), 7, name)

  const sum = (name: string) => difference(before, after, name)
  const stages = names.map((name) => sum(name.replace('_count', '_sum')))
  assert.ok(stages.every((seconds) => seconds > 0))
  assert.ok(stages.reduce((a, b) => a + b) <= sum('inference_request_duration_seconds_sum') * 1.001)
})

test('a request of the raw model is counted as well, but in no class', async (t) => {
  const app = await start(t)
  if (!(await sampleRuns(app))) return t.skip('the model cannot run its derived sample')
  const before = await readMetrics(app)
  const { pipeline, sample } = app.predictor
  const tensors = pipeline.preprocess(await pipeline.decode(sample))
  const call = new Call({ id: 'raw', origin: {}, timeoutMs: Number.POSITIVE_INFINITY, isGone: () => false })
  await app.predictor.infer(
    tensors,
    contract.outputs.map(({ name }) => name),
    call,
  )
  const after = await readMetrics(app)
  assert.equal(difference(before, after, COUNT), 1)
  assert.equal(after.get('inference_requests_in_flight'), 0)
  for (const [name, count] of after) {
    if (name.startsWith('inference_predicted_class_total')) assert.equal(count, before.get(name))
  }
})

test('buckets are cumulative, and the last holds all', async (t) => {
  const app = await start(t)
  await predict(app, 3)
  const metrics = await readMetrics(app)
  const buckets = [...metrics]
    .filter(([name]) => name.startsWith('inference_batch_rows_bucket'))
    .map(([, count]) => count)
  assert.deepEqual(
    buckets,
    buckets.toSorted((a, b) => a - b),
  )
  assert.equal(buckets.at(-1), metrics.get('inference_batch_rows_count'))
})

test('the rows that are predicted are counted by class, whichever route asked', async (t) => {
  const app = await start(t)
  if (contract.task !== 'classification') {
    const names = [...(await readMetrics(app)).keys()]
    return assert.ok(!names.some((name) => name.startsWith('inference_predicted_class_total')))
  }
  if (!(await sampleRuns(app))) return t.skip('the model cannot run its derived sample')
  const { prediction } = (await app.inject({ method: 'GET', url: '/predict/test/label' })).json()
  const name = `inference_predicted_class_total{label="${[prediction].flat()[0]}"}`
  const before = (await readMetrics(app)).get(name)
  await predict(app)
  await app.inject({ method: 'POST', url: '/predict/label', payload: app.predictor.sample })
  const rows = [prediction].flat().length
  assert.equal((await readMetrics(app)).get(name), (before ?? 0) + 2 * rows)
})

test('what is refused is counted by its reason, and not as answered', async (t) => {
  const app = await start(t)
  const before = await readMetrics(app)
  const headers = { 'content-type': 'application/json' }
  const post = (payload: string) => app.inject({ method: 'POST', url: '/predict', headers, payload })
  await post('{"data": [1,')
  await post('{}')
  await post(JSON.stringify({ data: 'x'.repeat(app.initialConfig.bodyLimit ?? 0) }))
  await app.inject({ method: 'GET', url: '/nowhere' })
  await app.inject({ method: 'PUT', url: '/predict' })

  const after = await readMetrics(app)
  const rejected = (reason: string) => difference(before, after, `inference_rejected_total{reason="${reason}"}`)
  assert.equal(rejected('invalid'), 2)
  assert.equal(rejected('too_large'), 1)
  assert.equal(rejected('not_found'), 2)
  assert.equal(rejected('error'), 0)
  assert.equal(difference(before, after, COUNT), 0)
})

test('a queue that is full is a reason of its own', async (t) => {
  const app = await start(t, { QUEUE_MAX_ROWS: '1', BATCH_MAX_ROWS: '1' })
  if (!(await sampleRuns(app))) return t.skip('the model cannot run its derived sample')
  const statuses = (await predict(app, 40)).map(({ statusCode }) => statusCode)
  const full = statuses.filter((status) => status === 503).length
  assert.ok(full > 0, String(statuses))
  const metrics = await readMetrics(app)
  assert.equal(metrics.get('inference_rejected_total{reason="queue_full"}'), full)
  assert.equal(metrics.get('inference_queue_rows'), 0)
  assert.equal(metrics.get('inference_requests_in_flight'), 0)
})

test('servers of one process count for themselves', async (t) => {
  const [app, other] = [await start(t), await start(t)]
  if (!(await sampleRuns(app))) return t.skip('the model cannot run its derived sample')
  const before = (await readMetrics(other)).get(COUNT)
  await predict(app, 3)
  assert.equal((await readMetrics(other)).get(COUNT), before)
})

test('an inference thread that ends by itself is counted, and replaced', async (t) => {
  const workers: Worker[] = []
  // Node's own channel: each thread that is started.
  const notice = (message: unknown) => {
    const { worker } = Object(message)
    if (worker instanceof Worker) workers.push(worker)
  }
  subscribe('worker_threads', notice)
  t.after(() => unsubscribe('worker_threads', notice))
  const app = await start(t, { INFERENCE_THREADS: '1' })
  // Nothing listens here that would keep the process alive meanwhile.
  const alive = setInterval(() => undefined, 1000)
  t.after(() => clearInterval(alive))
  const name = 'inference_thread_restarts_total'
  assert.equal((await readMetrics(app)).get(name), 0)
  await workers.at(-1)?.terminate()
  while ((await readMetrics(app)).get(name) !== 1) await sleep(10)
  if (await sampleRuns(app)) assert.equal((await predict(app))[0]?.statusCode, 200)
})

test('whether it takes requests is what /health/ready says', async (t) => {
  const app = await buildServer({ config: loadConfig({ LOG_LEVEL: 'silent' }, features), features })
  t.after(() => app.close())
  const isReady = async () => (await readMetrics(app)).get('inference_ready')
  assert.equal(await isReady(), 0)
  await app.warmUp()
  assert.equal(await isReady(), 1)
  app.readiness.drain()
  assert.equal(await isReady(), 0)
})

test('metrics of a feature stand beside the others', async (t) => {
  const app = await start(t)
  const addGauge = (name: string) =>
    app.metrics.add(({ Gauge }, registry) => {
      new Gauge({ name, help: 'Of a feature.', registers: [registry] }).set(3)
    })
  addGauge('feature_early')
  assert.equal((await readMetrics(app)).get('feature_early'), 3)
  addGauge('feature_late')
  assert.equal((await readMetrics(app)).get('feature_late'), 3)
  assert.equal((await readMetrics(app)).get('feature_early'), 3)
})

function difference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, name: string): number {
  assert.ok(after.has(name), name)
  return (after.get(name) ?? 0) - (before.get(name) ?? 0)
}
