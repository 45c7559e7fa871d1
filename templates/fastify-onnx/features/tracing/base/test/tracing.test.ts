import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contract } from '../src/contract.ts'
import { Call } from '../src/ml/call.ts'
import { publishDoor } from '../src/ml/events.ts'
import { attributesOf, type Span, traced } from './collector.ts'
import { sampleRuns, startServer } from './server.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
const ask = (url: string, headers: Record<string, string> = {}) => ({ method: 'GET', url, headers }) as const

const probe = await startServer()
const skip = (await sampleRuns(probe)) ? false : 'the derived sample does not run'
await probe.close()

function named(spans: readonly Span[], name: string): Span[] {
  return spans.filter((span) => span.name === name)
}

function timesOf({ startTimeUnixNano, endTimeUnixNano }: Span): readonly [start: bigint, end: bigint] {
  return [BigInt(startTimeUnixNano), BigInt(endTimeUnixNano)]
}

test('a request is a span in the trace of its caller, with its stages below it', { skip }, async (t) => {
  let traceresponse: unknown
  const { spans, resources } = await traced(t, async (app) => {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: 'shop=1', 'x-request-id': 'mine' }
    traceresponse = (await app.inject(ask('/predict/test?a=b', headers))).headers.traceresponse
  })
  const [request, ...others] = named(spans, 'GET /predict/test')
  assert.ok(request)
  assert.equal(others.length, 0)
  assert.deepEqual([request.traceId, request.parentSpanId], [TRACE, CALLER])
  assert.equal(traceresponse, `00-${TRACE}-${request.spanId}-01`)
  assert.deepEqual(attributesOf(request), {
    'http.request.method': 'GET',
    'http.route': '/predict/test',
    'http.response.status_code': 200,
    'url.path': '/predict/test',
    'inference.request_id': 'mine',
    'inference.rows': contract.rows ? 1 : 0,
  })
  assert.equal(resources[0]?.['service.name'], contract.name)
  for (const { traceState } of spans) assert.equal(traceState, 'shop=1')

  const [start, end] = timesOf(request)
  let before = start
  for (const name of ['preprocess', 'queue', 'inference', 'postprocess']) {
    const [stage, ...more] = named(spans, name)
    assert.ok(stage && more.length === 0, name)
    assert.deepEqual([stage.traceId, stage.parentSpanId], [TRACE, request.spanId])
    const [stageStart, stageEnd] = timesOf(stage)
    assert.ok(before <= stageStart && stageStart <= stageEnd && stageEnd <= end, name)
    before = stageStart
  }
})

test('a batch is linked with all of its requests, and the inference of each with it', { skip }, async (t) => {
  const { spans } = await traced(t, (app) =>
    Promise.all(Array.from({ length: 4 }, () => app.inject(ask('/predict/test')))),
  )
  const requests = named(spans, 'GET /predict/test')
  assert.equal(new Set(requests.map(({ traceId }) => traceId)).size, 4)
  const linked: string[] = []
  for (const batch of named(spans, 'batch')) {
    const { 'inference.requests': count } = attributesOf(batch)
    assert.equal(batch.links?.length, count)
    assert.ok(requests.some(({ spanId }) => spanId === batch.parentSpanId))
    for (const { spanId } of batch.links ?? []) {
      linked.push(spanId)
      const inference = named(spans, 'inference').find(({ parentSpanId }) => parentSpanId === spanId)
      assert.deepEqual(
        inference?.links?.map((link) => link.spanId),
        [batch.spanId],
      )
    }
  }
  assert.deepEqual(linked.sort(), requests.map(({ spanId }) => spanId).sort())
})

test('what the caller does not want to be sampled is not, and is told so', { skip }, async (t) => {
  const { spans } = await traced(t, async (app) => {
    const traceparent = `00-${TRACE}-${CALLER}-00`
    const { headers } = await app.inject(ask('/predict/test', { traceparent }))
    assert.match(String(headers.traceresponse), new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
  })
  assert.deepEqual(spans, [])
})

test('a traceparent that is none begins a new trace', async (t) => {
  const { spans } = await traced(t, (app) => app.inject(ask('/metadata', { traceparent: 'hello' })))
  assert.equal(spans[0]?.parentSpanId ?? '', '')
})

test('an error is a span with its status; only ours are failures', async (t) => {
  const { spans } = await traced(t, async (app) => {
    await app.inject(ask('/nowhere'))
    app.predictor.pipeline.infer = () => Promise.reject(new Error('broken on purpose'))
    await app.inject(ask('/predict/test'))
  })
  const [missing, broken] = [named(spans, 'GET')[0], named(spans, 'GET /predict/test')[0]]
  assert.ok(missing && broken)
  assert.equal(attributesOf(missing)['http.response.status_code'], 404)
  assert.equal(missing.status.code ?? 0, 0)
  assert.equal(attributesOf(broken)['http.response.status_code'], 500)
  assert.equal(broken.status.code, 2)
  assert.equal(attributesOf(broken)['error.type'], '500')
  const [event] = broken.events ?? []
  assert.equal(event && attributesOf(event)['exception.message'], 'broken on purpose')
})

test('what comes to another door is traced as well, by what the door tells of it', { skip }, async (t) => {
  const answered: Record<string, string> = {}
  const { spans } = await traced(t, async ({ model, predictor }) => {
    const { decode, preprocess } = predictor.pipeline
    const tensors = preprocess(await decode(predictor.sample))
    const origin = {}
    const call = new Call({ id: 'a', origin, timeoutMs: Number.POSITIVE_INFINITY, isGone: () => false })
    const headers: Record<string, string> = { traceparent: `00-${TRACE}-${CALLER}-01`, 'x-request-id': 'a' }
    publishDoor({
      kind: 'opened',
      source: model,
      origin,
      method: 'inference.GRPCInferenceService/ModelInfer',
      header: (name) => headers[name],
      respond: (name, value) => Object.assign(answered, { [name]: value }),
    })
    const outputs = contract.outputs.map(({ name }) => name)
    await predictor.infer(tensors, outputs, call)
    publishDoor({ kind: 'closed', source: model, origin, code: 14 })
  })
  const [request] = named(spans, 'inference.GRPCInferenceService/ModelInfer')
  assert.ok(request)
  assert.deepEqual([request.traceId, request.parentSpanId, request.status.code], [TRACE, CALLER, 2])
  const { 'rpc.grpc.status_code': code, 'inference.request_id': id } = attributesOf(request)
  assert.deepEqual([code, id], [14, 'a'])
  assert.deepEqual(answered, { traceresponse: `00-${TRACE}-${request.spanId}-01` })
  const stages = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId).map(({ name }) => name)
  assert.deepEqual(stages.sort(), ['batch', 'inference', 'preprocess', 'queue'])
})

test('health checks and metrics are not traced', async (t) => {
  const { spans } = await traced(t, async (app) => {
    for (const url of ['/health', '/health/ready', '/metrics', '/v2/health/live', `/v2/models/${contract.name}/ready`])
      assert.equal((await app.inject(ask(url))).headers.traceresponse, undefined)
  })
  assert.deepEqual(spans, [])
})

test('without a collector, or switched off, nothing is traced', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  assert.equal(app.spans, null)
  assert.equal((await app.inject(ask('/metadata'))).headers.traceresponse, undefined)
  const { spans } = await traced(t, (off) => off.inject(ask('/metadata')), { OTEL_SDK_DISABLED: 'true' })
  assert.deepEqual(spans, [])
})

test('how many are sampled is decided by the variables of OpenTelemetry', async (t) => {
  process.env.OTEL_TRACES_SAMPLER = 'always_off'
  t.after(() => delete process.env.OTEL_TRACES_SAMPLER)
  const { spans } = await traced(t, async (app) => {
    assert.match(String((await app.inject(ask('/metadata'))).headers.traceresponse), /-00$/)
  })
  assert.deepEqual(spans, [])
})

test('while the collector does not answer, so many spans wait and no more', async (t) => {
  Object.assign(process.env, { OTEL_BSP_MAX_QUEUE_SIZE: '8', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '8' })
  t.after(() => {
    delete process.env.OTEL_BSP_MAX_QUEUE_SIZE
    delete process.env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE
  })
  const { spans } = await traced(t, async (app, collector) => {
    collector.hold()
    for (let request = 0; request < 50; request += 1) await app.inject(ask('/metadata'))
    collector.release()
  })
  // Those that were on their way, and those that waited.
  assert.ok(spans.length > 0 && spans.length <= 16, `${spans.length} spans`)
})
