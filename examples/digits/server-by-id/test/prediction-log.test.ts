import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { ConfigError } from '../src/config.ts'
import { contract } from '../src/contract.ts'
import { Call } from '../src/ml/call.ts'
import { sampleRuns, startServer } from './server.ts'

async function makeFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prediction-log-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'new', 'predictions.jsonl')
}

/** What `ask` leaves in the log, line by line; undefined where the model cannot run its derived sample. */
async function logOf(
  t: TestContext,
  settings: Record<string, string>,
  ask: (app: FastifyInstance) => Promise<unknown>,
): Promise<Record<string, unknown>[] | undefined> {
  const file = await makeFile(t)
  const app = await startServer({ PREDICTION_LOG: 'all', PREDICTION_LOG_FILE: file, ...settings })
  const runs = contract.sample.given || (await sampleRuns(app))
  await ask(app)
  await app.close()
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  if (!runs) t.skip('the model cannot run its derived sample')
  return runs ? lines.map((line) => JSON.parse(line)) : undefined
}

function predict(app: FastifyInstance, id = 'order-42') {
  return app.inject({ method: 'POST', url: '/predict', headers: { 'x-request-id': id }, payload: app.predictor.sample })
}

test('each prediction is a line: who asked, which model, what came out, and how long it took', async (t) => {
  let answer: unknown
  const lines = await logOf(t, {}, async (app) => {
    const response = await predict(app)
    answer = response.json().prediction
  })
  if (lines === undefined) return
  const line = lines.at(-1)
  assert.equal(line?.request_id, 'order-42')
  assert.equal(line?.model_sha256, contract.model.sha256)
  assert.deepEqual(line?.output, answer)
  assert.ok(Date.parse(String(line?.time)) > 0)
  assert.deepEqual(Object.keys(Object(line?.ms)), ['preprocess', 'queue', 'inference', 'postprocess', 'total'])
  assert.ok(Object(line?.ms).total > 0)
})

test('the input is its SHA-256, the whole of it, or left out', async (t) => {
  let data: unknown
  const ask = async (app: FastifyInstance) => {
    data = app.predictor.sample.data
    await predict(app)
  }
  const [hashed, full, off] = [
    await logOf(t, {}, ask),
    await logOf(t, { PREDICTION_LOG_INPUT: 'full' }, ask),
    await logOf(t, { PREDICTION_LOG_INPUT: 'off' }, ask),
  ].map((lines) => lines?.at(-1))
  if (!hashed || !full || !off) return
  assert.equal(hashed.input_sha256, createHash('sha256').update(JSON.stringify(data)).digest('hex'))
  assert.ok(!('input' in hashed))
  assert.deepEqual(full.input, data)
  assert.ok(!('input' in off) && !('input_sha256' in off))
})

test('a request of the raw model is a line with all of its tensors', async (t) => {
  const lines = await logOf(t, { PREDICTION_LOG_INPUT: 'full' }, async (app) => {
    const { pipeline, sample } = app.predictor
    const tensors = pipeline.preprocess(await pipeline.decode(sample))
    const call = new Call({ id: 'raw', origin: {}, timeoutMs: Number.POSITIVE_INFINITY, isGone: () => false })
    const names = contract.outputs.map(({ name }) => name)
    await app.predictor.infer(tensors, names, call).catch(() => undefined)
  })
  if (lines === undefined) return
  assert.deepEqual(
    Object.keys(Object(lines.at(-1)?.input)),
    contract.inputs.map(({ name }) => name),
  )
  assert.deepEqual(
    Object.keys(Object(lines.at(-1)?.output)),
    contract.outputs.map(({ name }) => name),
  )
})

test('what is redacted is not in the log, and still in the answer', async (t) => {
  let answer: unknown
  const lines = await logOf(t, { PREDICTION_LOG_REDACT: 'output, request_id' }, async (app) => {
    answer = (await predict(app)).json().prediction
  })
  if (lines === undefined) return
  assert.equal(lines.at(-1)?.output, '[Redacted]')
  assert.equal(lines.at(-1)?.request_id, '[Redacted]')
  assert.notEqual(answer, '[Redacted]')
})

test('a sample of none is none, of all is all, and off writes no file', async (t) => {
  const ask = async (app: FastifyInstance) => {
    for (let count = 0; count < 5; count += 1) await predict(app, `sampled-${count}`)
  }
  const count = async (settings: Record<string, string>) =>
    (await logOf(t, settings, ask))?.filter(({ request_id }) => String(request_id).startsWith('sampled-')).length
  const all = await count({ PREDICTION_LOG: 'sampled', PREDICTION_LOG_SAMPLE: '1' })
  if (all === undefined) return
  assert.equal(all, 5)
  assert.equal(await count({ PREDICTION_LOG: 'sampled', PREDICTION_LOG_SAMPLE: '0' }), 0)
  assert.equal(await count({ PREDICTION_LOG: 'off' }), 0)
})

test('a place that cannot be written, or a path that cannot be redacted, stops the start in one line', async (t) => {
  const file = await makeFile(t)
  const refuses = (settings: Record<string, string>, message: RegExp) =>
    assert.rejects(startServer({ PREDICTION_LOG: 'all', PREDICTION_LOG_FILE: file, ...settings }), (error) => {
      assert.ok(error instanceof ConfigError, String(error))
      assert.match(error.message, message)
      return true
    })
  await refuses({ PREDICTION_LOG_FILE: tmpdir() }, /^PREDICTION_LOG_FILE: .*EISDIR/)
  await refuses({ PREDICTION_LOG_REDACT: 'input[' }, /^PREDICTION_LOG_REDACT: /)
})
