import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { noTiers, ownTiers } from './cache-tiers.ts'
import { startDataSource } from './data-source.ts'
import { startServer } from './server.ts'

const KEY = 'secret'

/** A server with an API key, whose source has the sample under the ids. */
async function start(t: TestContext, ids: readonly string[], more: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'cache-'))
  t.after(() => rm(folder, { recursive: true }))
  const keysFile = join(folder, 'keys')
  await writeFile(keysFile, `ops:${createHash('sha256').update(KEY).digest('hex')}\n`)
  const source = await startDataSource(t)
  const bare = await startServer()
  const { b64 } = Object(bare.predictor.sample.data)
  const image = typeof b64 === 'string' ? Buffer.from(b64, 'base64') : undefined
  const extension = image === undefined ? '.json' : image[0] === 0xff ? '.jpg' : '.png'
  for (const id of ids) await source.write(`${id}${extension}`, image ?? JSON.stringify(bare.predictor.sample.data))
  await bare.close()
  const idsFile = join(folder, 'ids.txt')
  await writeFile(idsFile, `${ids.join('\n')}\n\n`)
  const app = await startServer({ ...source.settings, ...ownTiers(), API_KEYS_FILE: keysFile, ...more })
  t.after(() => app.close())
  for (const tier of app.dataCache.tiers) await tier.untilReady?.()
  async function post(url: string, payload: object, headers: Record<string, string> = { 'x-api-key': KEY }) {
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers })
    return { status: statusCode, body: JSON.parse(body) }
  }
  return { app, post, idsFile }
}

test('ids are warmed up, and found in the cache by who asks then', { skip: noTiers }, async (t) => {
  const { app, post } = await start(t, ['a', 'b'])
  const { status, body } = await post('/cache/warm', { ids: ['a', 'b', 'gone'] })
  assert.equal(status, 200)
  assert.deepEqual(body, {
    ids: 3,
    cached: 0,
    loaded: 2,
    missing: 1,
    unsaved: 0,
    failed: 0,
    problems: [{ id: 'gone', detail: 'no data' }],
  })
  assert.equal((await post('/predict', { ids: ['a', 'b'] })).status, 200)
  assert.equal(app.dataCache.stats.loads, 3)
})

test('a warm-up that is repeated goes on where it was cut off; refresh loads all of it again', {
  skip: noTiers,
}, async (t) => {
  const { post } = await start(t, ['a', 'b'])
  await post('/cache/warm', { ids: ['a'] })
  const { cached, loaded } = (await post('/cache/warm', { ids: ['a', 'b'] })).body
  assert.deepEqual([cached, loaded], [1, 1])
  const again = (await post('/cache/warm', { ids: ['a', 'b'], refresh: true })).body
  assert.deepEqual([again.cached, again.loaded], [0, 2])
})

test('one id is cleared, or all of them', { skip: noTiers }, async (t) => {
  const { app, post } = await start(t, ['a', 'b', 'c'])
  await post('/cache/warm', { ids: ['a', 'b', 'c'] })
  const each = app.dataCache.tiers.length
  assert.deepEqual((await post('/cache/clear', { id: 'a' })).body, { cleared: each })
  assert.deepEqual((await post('/cache/clear', { stale: true })).body, { cleared: 0 })
  assert.deepEqual((await post('/cache/clear', { all: true })).body, { cleared: 2 * each })
  assert.deepEqual(
    app.dataCache.stats.usage().map(({ entries }) => entries ?? 0),
    app.dataCache.tiers.map(() => 0),
  )
})

test('who does not say what is to be warmed up or cleared is told', async (t) => {
  const { post } = await start(t, [])
  for (const body of [{}, { ids: ['a'], all: true }, { ids: ['../a'] }, { ids: 'a' }, { al: true }]) {
    assert.equal((await post('/cache/warm', body)).status, 422, JSON.stringify(body))
  }
  for (const body of [{}, { id: 'a', all: true }, { id: 'a/b' }, { stale: false }, { what: 1 }]) {
    assert.equal((await post('/cache/clear', body)).status, 422, JSON.stringify(body))
  }
})

test('nobody clears the cache without saying who they are', async (t) => {
  const { post } = await start(t, ['a'])
  assert.equal((await post('/cache/clear', { all: true }, {})).status, 401)
  const open = await startServer()
  t.after(() => open.close())
  const { statusCode } = await open.inject({ method: 'POST', url: '/cache/clear', payload: { all: true } })
  assert.equal(statusCode, 404)
})

test('a server fills its memory from a list of ids before it is ready', { skip: noTiers }, async (t) => {
  const { app, idsFile } = await start(t, ['a', 'b'])
  const settings = { CACHE_WARM_IDS: idsFile, CACHE_WARM_READY_PERCENT: '100' }
  const warm = await startServer({ ...settings, SOURCE_PATH: '/nowhere' })
  t.after(() => warm.close())
  // What cannot be had does not keep a server from ever being ready.
  while (!warm.readiness.isReady()) await new Promise(setImmediate)
  assert.equal(app.readiness.isReady(), true)
})
