import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { contract } from '../src/contract.ts'
import { takesStrings } from '../src/data-cache/body.ts'
import { noTiers, ownTiers } from './cache-tiers.ts'
import { assertClose } from './close.ts'
import { startDataSource } from './data-source.ts'
import { sampleRuns, startServer } from './server.ts'

const plain = await startServer()
/** A sample that was only derived may be one that the model cannot run. */
const skip = (await sampleRuns(plain)) ? noTiers : 'the model cannot run the sample'
await plain.close()

/** What the sample is as a file of data. */
function sampleFile(data: unknown): [extension: string, content: string | Uint8Array] {
  const { b64 } = Object(data)
  if (typeof b64 !== 'string') return ['.json', JSON.stringify(data)]
  const bytes = Buffer.from(b64, 'base64')
  return [bytes[0] === 0xff ? '.jpg' : '.png', bytes]
}

/** A server whose source has the sample under the ids. */
async function start(t: TestContext, ...ids: string[]) {
  const source = await startDataSource(t)
  const app = await startServer({ ...source.settings, ...ownTiers() })
  t.after(() => app.close())
  for (const tier of app.dataCache.tiers) await tier.untilReady?.()
  const { data } = app.predictor.sample
  const [extension, content] = sampleFile(data)
  const put = (id: string) => source.write(`${id}${extension}`, content)
  for (const id of ids) await put(id)
  async function ask(payload: object, url = '/predict') {
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload })
    // Slower tiers are filled after the answer.
    await app.dataCache.saved()
    return { status: statusCode, body, ...JSON.parse(body) }
  }
  return { app, source, ask, put, data, extension }
}

/** The one way that every model has to name data: strings may be data themselves. */
const one = (id: string) => (takesStrings(contract) ? { ids: [id] } : { data: id })

test('data by id is answered as the data itself, from the source and from the cache', { skip }, async (t) => {
  const { app, ask, data } = await start(t, '0000')
  const direct = await ask({ data })
  const miss = await ask({ ids: ['0000'] })
  const hit = await ask({ ids: ['0000'] })
  assert.deepEqual(miss.prediction, [direct.prediction], miss.body)
  assert.deepEqual(hit.prediction, miss.prediction)
  assert.equal(app.dataCache.stats.loads, 1)
})

test('a string as data is an id, unless the model takes strings', { skip }, async (t) => {
  const { ask, data } = await start(t, '0000')
  const { prediction } = await ask({ data })
  const named = await ask({ data: '0000' })
  if (!takesStrings(contract)) assert.deepEqual(named.prediction, prediction)
})

test('several ids are answered in their order, what is wrong with one in its place', { skip }, async (t) => {
  const { ask } = await start(t, 'a', 'b')
  const { status, prediction, errors } = await ask({ ids: ['a', 'gone', 'b', '../a'] })
  assert.equal(status, 200)
  assert.deepEqual(
    prediction.map((item: unknown) => item === null),
    [false, true, false, true],
  )
  assert.deepEqual(
    errors.map(({ index, id, status }: Record<string, unknown>) => [index, id, status]),
    [
      [1, 'gone', 404],
      [3, '../a', 422],
    ],
  )
  const good = await ask({ ids: ['b'] })
  // Another batch may round differently.
  assertClose(good.prediction, [prediction[2]])
  assert.equal(Object.hasOwn(good, 'errors'), false)
})

test('labels are answered by id', { skip }, async (t) => {
  if (contract.task !== 'classification') return t.skip('the model does not classify')
  const { ask, data } = await start(t, '0000')
  const { prediction } = await ask({ data }, '/predict/label')
  assert.deepEqual((await ask({ ids: ['0000'] }, '/predict/label')).prediction, [prediction])
})

test('ids that are no names are 422, ids without data 404', async (t) => {
  const { ask } = await start(t)
  if (takesStrings(contract)) return t.skip('ids are asked for by "ids" only')
  for (const id of ['', '../0000', 'a/b', 'a\\b', '.hidden', 'a\0b', 'a\nb', 'x'.repeat(10_000)]) {
    assert.equal((await ask({ data: id })).status, 422, JSON.stringify(id.slice(0, 20)))
  }
  assert.equal((await ask(one('nothing'))).status, 404)
})

test('a body with both, with neither, or with ids that are no list is 422', async (t) => {
  const { ask, data } = await start(t, '0000')
  for (const body of [{ data, ids: ['0000'] }, {}, { ids: [] }, { ids: '0000' }, { ids: [1] }, { ids: [null] }]) {
    assert.equal((await ask(body)).status, 422, JSON.stringify(body).slice(0, 80))
  }
  const tooMany = await ask({ ids: Array.from({ length: 257 }, (_, index) => String(index)) })
  assert.equal(tooMany.status, 422)
  assert.match(tooMany.body, /CACHE_MAX_IDS/)
})

test('a thousand requests for one new id load it once', { skip }, async (t) => {
  const { app, ask } = await start(t, 'popular')
  const answers = await Promise.all(Array.from({ length: 1000 }, () => ask({ ids: ['popular'] })))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(app.dataCache.stats.loads, 1)
})

test('that there is nothing under an id is remembered, until it is cleared', { skip }, async (t) => {
  const { app, ask, put } = await start(t)
  assert.equal((await ask({ ids: ['late'] })).errors[0].status, 404)
  await put('late')
  assert.equal((await ask({ ids: ['late'] })).errors[0].status, 404)
  assert.equal(app.dataCache.stats.loads, 1)
  await app.dataCache.clear(app.dataCache.keys.matchId('late'))
  assert.equal((await ask({ ids: ['late'] })).errors, undefined)
})

test('data that cannot be used is 422, and not kept', { skip }, async (t) => {
  const { app, ask, source, put, extension } = await start(t)
  await source.write(`0000${extension}`, 'neither JSON nor an image')
  assert.equal((await ask({ ids: ['0000'] })).errors[0].status, 422)
  await put('0000')
  assert.equal((await ask({ ids: ['0000'] })).errors, undefined)
  assert.equal(app.dataCache.stats.loads, 1)
})

test('the documentation has ids, and what is answered to them', async (t) => {
  const { app } = await start(t)
  const { paths } = (await app.inject({ url: '/docs/json' })).json()
  const { post } = paths['/predict']
  assert.ok('ids' in post.requestBody.content['application/json'].schema.properties)
  assert.match(JSON.stringify(post.responses[200]), /"errors"/)
})

test('/metrics tells hits, misses and what is kept', { skip }, async (t) => {
  const { app, ask } = await start(t, '0000')
  await ask({ ids: ['0000'] })
  await ask({ ids: ['0000'] })
  const { body } = await app.inject({ url: '/metrics' })
  const sampleOf = (name: string) => Number(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(body)?.[1])
  const [tier] = app.dataCache.tiers
  assert.equal(sampleOf(`inference_cache_hits_total{tier="${tier?.name}"}`), 1)
  assert.equal(sampleOf(`inference_cache_misses_total{tier="${tier?.name}"}`), 1)
  assert.equal(sampleOf('inference_cache_loads_total'), 1)
})
