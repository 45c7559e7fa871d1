import assert from 'node:assert/strict'
import crypto, { hash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { contract } from '../src/contract.ts'
import { ApiKeys } from '../src/guards/api-keys.ts'
import { ask, keyLine, makeFile, makeFolder, startGuarded, statusOf, until } from './guards.ts'
import { startServer } from './server.ts'

const KEY = 'k9'.repeat(16)
const OTHER = 'z7'.repeat(16)
const key = (value: string) => ({ 'x-api-key': value })

async function startWithKeys(t: TestContext, settings: Record<string, string> = {}) {
  return startGuarded(t, { API_KEYS_FILE: makeFile(t, `# keys\n\n${keyLine('team-a', KEY)}`), ...settings })
}

test('without a key, the answer is 401 and says what to send', async (t) => {
  const app = await startWithKeys(t)
  const response = await ask(app)
  assert.equal(response.statusCode, 401)
  assert.equal(response.headers['www-authenticate'], `ApiKey realm="${contract.name}"`)
  assert.match(response.headers['content-type']?.toString() ?? '', /^application\/problem\+json/)
  assert.match(response.json().detail, /X-API-Key/)
  assert.equal(response.json().request_id, response.headers['x-request-id'])
})

test('with the key it is answered, and with nothing that is only like it', async (t) => {
  const app = await startWithKeys(t)
  assert.equal(await statusOf(app, key(KEY)), 200)
  const wrong = ['', OTHER, `${KEY} `, ` ${KEY}`, `${KEY}, ${KEY}`, KEY.toUpperCase(), KEY.slice(1), `${KEY}\u0000`]
  for (const value of [...wrong, hash('sha256', KEY), 'team-a', `team-a:${KEY}`]) {
    const response = await ask(app, key(value))
    assert.equal(response.statusCode, 401, JSON.stringify(value))
    assert.ok(!response.body.includes(KEY))
  }
})

test('a key in the address is refused, though it is the right one, and the reason is told', async (t) => {
  const app = await startWithKeys(t)
  for (const name of ['api_key', 'apikey', 'x-api-key', 'X-API-Key', 'api%5Fkey', 'access_token']) {
    const response = await ask(app, key(KEY), `/metadata?a=b&${name}=${KEY}`)
    assert.equal(response.statusCode, 401, name)
    assert.match(response.json().detail, /logs/)
  }
  assert.equal(await statusOf(app, key(KEY), '/metadata?k=5'), 200)
})

test('unknown paths, wrong methods and bodies are not told from others without a key', async (t) => {
  const app = await startWithKeys(t)
  assert.equal(await statusOf(app, {}, '/nowhere'), 401)
  assert.equal(await statusOf(app, key(KEY), '/nowhere'), 404)
  assert.equal((await app.inject({ method: 'DELETE', url: '/metadata' })).statusCode, 401)
  const body = { payload: '{"data":', headers: { 'content-type': 'application/json' } }
  assert.equal((await app.inject({ method: 'POST', url: '/predict', ...body })).statusCode, 401)
})

test('V2 refuses in its own form', async (t) => {
  const app = await startWithKeys(t)
  const response = await ask(app, {}, `/v2/models/${contract.name}`)
  assert.equal(response.statusCode, 401)
  assert.deepEqual(Object.keys(response.json()), ['error'])
  assert.equal(response.headers['www-authenticate'], `ApiKey realm="${contract.name}"`)
})

const HEALTH = ['/health', '/health/live', '/health/ready', '/v2/health/live', '/v2/health/ready']

test('health and metrics stay open, and the documentation does not', async (t) => {
  const app = await startWithKeys(t)
  const open = [...HEALTH, `/v2/models/${contract.name}/ready`, '/metrics']
  for (const url of open) assert.equal(await statusOf(app, {}, url), 200, url)
  const closed = [
    '/docs',
    '/docs/json',
    '/docs/static/swagger-ui.css',
    '/metrics/',
    '/%68ealth/',
    '//health',
    '/HEALTH',
  ]
  for (const url of closed) assert.equal(await statusOf(app, {}, url), 401, url)
})

test('each of them is guarded or open as its setting says', async (t) => {
  const app = await startWithKeys(t, { GUARD_HEALTH: 'on', GUARD_METRICS: 'on', GUARD_DOCS: 'off' })
  for (const url of [...HEALTH, '/metrics']) assert.equal(await statusOf(app, {}, url), 401, url)
  for (const url of [...HEALTH, '/metrics']) assert.equal(await statusOf(app, key(KEY), url), 200, url)
  for (const url of ['/docs/json', '/docs/static/swagger-ui.css']) assert.equal(await statusOf(app, {}, url), 200, url)
})

test('the OpenAPI document says what is to be sent', async (t) => {
  const app = await startWithKeys(t)
  const document = (await ask(app, key(KEY), '/docs/json')).json()
  assert.deepEqual(document.components.securitySchemes, { apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } })
  assert.deepEqual(document.security, [{ apiKey: [] }])
})

test('keys are replaced by replacing the file; one that is broken changes nothing', async (t) => {
  const file = makeFile(t, keyLine('team-a', KEY))
  const app = await startGuarded(t, { API_KEYS_FILE: file })
  const isKnown = async (value: string) => (await statusOf(app, key(value))) === 200

  writeFileSync(file, keyLine('team-a', KEY) + keyLine('team-a', OTHER))
  await until(() => isKnown(OTHER))
  assert.ok(await isKnown(KEY))

  writeFileSync(`${file}.new`, keyLine('team-a', OTHER))
  renameSync(`${file}.new`, file)
  await until(async () => !(await isKnown(KEY)))
  assert.ok(await isKnown(OTHER))

  const errors: unknown[] = []
  t.mock.method(app.log, 'error', (...words: unknown[]) => errors.push(words))
  for (const spoil of [() => writeFileSync(file, KEY), () => writeFileSync(file, ''), () => rmSync(file)]) {
    const before = errors.length
    spoil()
    await until(async () => errors.length > before)
    assert.ok(await isKnown(OTHER))
  }
  assert.ok(!JSON.stringify(errors).includes(KEY), 'a key that somebody forgot to hash is not logged')
})

test('keys in a secret that Kubernetes mounts are replaced, too: a link is swapped, no file is written', async (t) => {
  const folder = makeFolder(t)
  const publish = (version: string, value: string) => {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'keys'), keyLine('team-a', value))
    symlinkSync(version, join(folder, '..new'))
    renameSync(join(folder, '..new'), join(folder, '..data'))
  }
  publish('..1', KEY)
  symlinkSync('..data/keys', join(folder, 'keys'))
  const app = await startGuarded(t, { API_KEYS_FILE: join(folder, 'keys') })
  assert.equal(await statusOf(app, key(KEY)), 200)
  publish('..2', OTHER)
  await until(async () => (await statusOf(app, key(OTHER))) === 200)
  assert.equal(await statusOf(app, key(KEY)), 401)
})

test('a server does not start with keys that it cannot read', async (t) => {
  const cases: readonly (readonly [text: string, reason: RegExp])[] = [
    ['', /no key/],
    [`${keyLine('a', KEY)}# one more:\n${OTHER}\n`, /line 3/],
    [keyLine('a', KEY).replace(':', ' '), /line 1/],
    [keyLine('a', KEY) + keyLine('b', KEY), /twice/],
  ]
  for (const [text, reason] of cases) {
    const error: unknown = await startServer({ API_KEYS_FILE: makeFile(t, text) }).catch((thrown) => thrown)
    assert.ok(error instanceof Error)
    assert.match(error.message, /^API_KEYS_FILE cannot be used/)
    assert.match(error.message, reason)
    assert.ok(!error.message.includes(OTHER), 'what may be a key is not shown')
  }
  await assert.rejects(startServer({ API_KEYS_FILE: join(makeFolder(t), 'nowhere') }), /API_KEYS_FILE .*nowhere/)
})

test('each key is compared, in constant time, whichever is the right one', (t) => {
  const keys = ApiKeys.parse(['a', 'b', 'c'].map((name) => keyLine(name, `${KEY}${name}`)).join(''))
  const compare = t.mock.method(crypto, 'timingSafeEqual')
  syncBuiltinESMExports()
  t.after(syncBuiltinESMExports)
  for (const name of ['a', 'b', 'c']) assert.deepEqual(keys.identify(`${KEY}${name}`), { kind: 'key', name })
  assert.equal(keys.identify(KEY), undefined)
  assert.equal(compare.mock.callCount(), 4 * 3)
})
