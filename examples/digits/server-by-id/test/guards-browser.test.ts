import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, keyLine, makeFile, startGuarded } from './guards.ts'
import { startServer } from './server.ts'

const ORIGIN = 'https://app.example.org'

test('without CORS_ORIGINS, no page may ask', async (t) => {
  const app = await startGuarded(t, {})
  const { headers } = await ask(app, { origin: ORIGIN })
  assert.equal(headers['access-control-allow-origin'], undefined)
})

test('pages of the origins that are named may ask, and of no other', async (t) => {
  const app = await startGuarded(t, { CORS_ORIGINS: `http://localhost:3000, ${ORIGIN}` })
  for (const origin of [ORIGIN, 'http://localhost:3000'])
    assert.equal((await ask(app, { origin })).headers['access-control-allow-origin'], origin)
  for (const origin of ['https://evil.test', `${ORIGIN}.evil.test`, 'null', 'http://app.example.org']) {
    const { headers } = await ask(app, { origin })
    assert.equal(headers['access-control-allow-origin'], undefined, origin)
    assert.equal(headers.vary, 'Origin')
    assert.equal(headers['access-control-allow-credentials'], undefined)
  }
})

test('a browser asks first without a key, and may read why a request is refused', async (t) => {
  const app = await startGuarded(t, { CORS_ORIGINS: ORIGIN, API_KEYS_FILE: makeFile(t, keyLine('team-a', 'right')) })
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/predict',
    headers: {
      origin: ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-api-key',
    },
  })
  assert.equal(preflight.statusCode, 204)
  assert.equal(preflight.headers['access-control-allow-origin'], ORIGIN)
  assert.match(preflight.headers['access-control-allow-methods']?.toString() ?? '', /POST/)
  assert.match(preflight.headers['access-control-allow-headers']?.toString() ?? '', /x-api-key/)

  const refused = await ask(app, { origin: ORIGIN })
  assert.equal(refused.statusCode, 401)
  assert.equal(refused.headers['access-control-allow-origin'], ORIGIN)
  assert.match(refused.headers['access-control-expose-headers']?.toString() ?? '', /x-request-id/)
})

test('*: all pages may ask', async (t) => {
  const app = await startGuarded(t, { CORS_ORIGINS: '*' })
  assert.equal((await ask(app, { origin: 'https://any.test' })).headers['access-control-allow-origin'], '*')
})

test('what browsers would never send as an origin stops the start', async () => {
  for (const origins of [`${ORIGIN}/`, 'app.example.org', `${ORIGIN},`, 'https://*.example.org/x', 'HTTPS://app.test'])
    await assert.rejects(startServer({ CORS_ORIGINS: origins }), /CORS_ORIGINS: ".*" is not an origin/)
})

test('security headers are on every answer, and ask nobody to come by https where there is none', async (t) => {
  const app = await startGuarded(t, { SECURITY_HEADERS: 'on' })
  for (const url of ['/metadata', '/nowhere', '/docs/', '/health']) {
    const { headers } = await ask(app, {}, url)
    assert.equal(headers['x-content-type-options'], 'nosniff', url)
    assert.match(headers['content-security-policy']?.toString() ?? '', /default-src 'self'/)
    assert.doesNotMatch(headers['content-security-policy']?.toString() ?? '', /upgrade-insecure-requests/)
    assert.equal(headers['strict-transport-security'], undefined)
  }
})

test('they are off unless somebody wants them', async (t) => {
  const app = await startGuarded(t, {})
  assert.equal((await ask(app)).headers['x-content-type-options'], undefined)
})

test('the page of /docs needs nothing that they forbid', async (t) => {
  const app = await startGuarded(t, { SECURITY_HEADERS: 'on' })
  const { body } = await ask(app, {}, '/docs/')
  const scripts = [...body.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)]
  assert.ok(scripts.length > 0)
  for (const [, attributes, words] of scripts) {
    assert.match(attributes ?? '', /src="[./]/)
    assert.equal(words?.trim(), '')
  }
})
