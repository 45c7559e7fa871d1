import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contract } from '../src/contract.ts'
import { parseRate, RateLimiter } from '../src/guards/rate-limiter.ts'
import { ask, keyLine, makeFile, startGuarded, statusOf, until } from './guards.ts'
import { startServer } from './server.ts'

test('beyond the rate, the answer is 429 and says when to come again', async (t) => {
  const app = await startGuarded(t, { RATE_LIMIT: '2/1h' })
  for (const remaining of ['1', '0']) {
    const { statusCode, headers } = await ask(app)
    assert.equal(statusCode, 200)
    assert.equal(headers['ratelimit-limit'], '2')
    assert.equal(headers['ratelimit-remaining'], remaining)
  }
  const response = await ask(app)
  assert.equal(response.statusCode, 429)
  assert.match(response.headers['content-type']?.toString() ?? '', /^application\/problem\+json/)
  const wait = Number(response.headers['retry-after'])
  assert.ok(wait > 3500 && wait <= 3600, `${wait}`)
  assert.equal(response.headers['ratelimit-remaining'], '0')

  const v2 = await ask(app, {}, `/v2/models/${contract.name}`)
  assert.equal(v2.statusCode, 429)
  assert.deepEqual(Object.keys(v2.json()), ['error'])
})

test('what is refused for another reason counts as well, and health and metrics do not', async (t) => {
  const app = await startGuarded(t, { RATE_LIMIT: '2/1h' })
  for (let times = 0; times < 5; times += 1)
    for (const url of ['/health', '/metrics']) assert.equal(await statusOf(app, {}, url), 200)
  assert.equal(await statusOf(app, {}, '/nowhere'), 404)
  assert.equal((await app.inject({ method: 'POST', url: '/predict', payload: 'x' })).statusCode, 415)
  assert.equal(await statusOf(app, {}, '/nowhere'), 429)
})

test('when the time is over, requests are answered again', async (t) => {
  const app = await startGuarded(t, { RATE_LIMIT: '1/s' })
  await until(async () => (await statusOf(app)) === 429)
  await until(async () => (await statusOf(app)) === 200)
})

test('each key has a rate of its own, wherever it comes from; guesses share that of their address', async (t) => {
  const keys = makeFile(t, keyLine('team-a', 'first') + keyLine('team-a', 'second') + keyLine('team-b', 'third'))
  const app = await startGuarded(t, { API_KEYS_FILE: keys, RATE_LIMIT: '2/1h' })
  const asks = (key: string, from: string) =>
    app.inject({ method: 'GET', url: '/metadata', headers: { 'x-api-key': key }, remoteAddress: from })
  const statuses = async (...requests: readonly (readonly [key: string, from: string])[]) =>
    (await Promise.all(requests.map(([key, from]) => asks(key, from)))).map(({ statusCode }) => statusCode)

  assert.deepEqual(
    await statuses(['first', '10.0.0.1'], ['second', '10.0.0.2'], ['first', '10.0.0.3']),
    [200, 200, 429],
  )
  assert.deepEqual(await statuses(['third', '10.0.0.1'], ['third', '10.0.0.1']), [200, 200])
  assert.deepEqual(await statuses(['guess', '10.0.0.1'], ['team-a', '10.0.0.1'], ['more', '10.0.0.1']), [401, 401, 429])
  assert.deepEqual(await statuses(['guess', '10.0.0.9']), [401])
})

test('an address is that of the connection; of IPv6 it is the network', async (t) => {
  const app = await startGuarded(t, { RATE_LIMIT: '1/1h' })
  const from = async (remoteAddress: string, forwarded = '') => {
    const headers = { 'x-forwarded-for': forwarded }
    return (await app.inject({ method: 'GET', url: '/metadata', remoteAddress, headers })).statusCode
  }
  assert.equal(await from('10.0.0.1'), 200)
  assert.equal(await from('10.0.0.1', '1.1.1.1'), 429)
  assert.equal(await from('::ffff:10.0.0.1'), 429)
  assert.equal(await from('2001:db8::1'), 200)
  assert.equal(await from('2001:db8::ffff:2'), 429)
  assert.equal(await from('2001:db8:0:1::1'), 200)
})

test('behind a proxy that is trusted, the address is the one that it saw, not one that the caller wrote before', async (t) => {
  const app = await startGuarded(t, { RATE_LIMIT: '1/1h', TRUST_PROXY: '10.0.0.0/8, ::1' })
  const from = async (remoteAddress: string, forwarded: string) => {
    const headers = { 'x-forwarded-for': forwarded }
    return (await app.inject({ method: 'GET', url: '/metadata', remoteAddress, headers })).statusCode
  }
  assert.equal(await from('10.1.2.3', '1.1.1.1'), 200)
  assert.equal(await from('10.1.2.3', '2.2.2.2'), 200)
  assert.equal(await from('10.1.2.3', '9.9.9.9, 2.2.2.2'), 429)
  assert.equal(await from('3.3.3.3', '4.4.4.4'), 200)
  assert.equal(await from('3.3.3.3', '5.5.5.5'), 429)
})

test('rates and proxies that are none stop the start, and are told with an example', async () => {
  for (const rate of ['100', '0/1m', '-1/1m', '100/1w', '100/0s', '1e3/1m', '100 / 1m', 'fast'])
    await assert.rejects(startServer({ RATE_LIMIT: rate }), /RATE_LIMIT: ".*" is not .* such as 100\/1m/)
  for (const proxies of ['true', '*', '1', '10.0.0.0/33', '10.0.0.0/0', 'proxy.local', '10.0.0.1,'])
    await assert.rejects(startServer({ TRUST_PROXY: proxies }), /TRUST_PROXY: ".*" is not /)
  assert.deepEqual(parseRate('100/1m'), { max: 100, windowMs: 60_000 })
  assert.deepEqual(parseRate('5/12h'), { max: 5, windowMs: 43_200_000 })
})

test('callers without number take a bounded amount of memory, and the first of them are forgotten first', () => {
  const limiter = new RateLimiter(parseRate('10/1d'))
  limiter.count('first')
  for (let caller = 0; caller < 65_535; caller += 1) limiter.count(`${caller}`)
  assert.equal(limiter.count('first').current, 2)
  limiter.count('one more')
  assert.equal(limiter.count('first').current, 1)
  assert.equal(limiter.count('one more').current, 2)
})
