import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { test } from 'node:test'
import { buildServer } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import type { Feature } from '../src/feature.ts'
import { features } from '../src/features.ts'
import { startServer } from './server.ts'

const get200 = { method: 'GET', url: '/docs/json' } as const

test('the pages are made when they are first asked for, once, however many ask', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  let made = 0
  // Fastify's own channel: each instance that is made.
  const count = () => {
    made += 1
  }
  subscribe('fastify.initialization', count)
  t.after(() => unsubscribe('fastify.initialization', count))
  const urls = ['/docs', '/docs/json', '/docs/yaml', '/docs/static/swagger-ui.css', '/docs/json']
  const answers = await Promise.all(urls.map((url) => app.inject({ method: 'GET', url })))
  for (const { statusCode } of answers) assert.equal(statusCode, 200)
  assert.equal(answers[1]?.body, answers[4]?.body)
  assert.equal(made, 1)
})

test('the document has every route that answers, and none that only refuses', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  const { paths } = (await app.inject(get200)).json()
  assert.deepEqual(Object.keys(paths['/predict']), ['post'])
  assert.deepEqual(Object.keys(paths['/metadata']), ['get'])
  for (const path of ['/health', '/metrics', '/v2', '/v2/models/{model}/infer', '/predict/test'])
    assert.ok(path in paths, path)
  assert.ok(!Object.keys(paths).some((path) => path.startsWith('/docs')))
})

test('below /docs, what is not there is 404, and other methods are 405, as everywhere', async (t) => {
  const app = await startServer({ SECURITY_HEADERS: 'on' })
  t.after(() => app.close())
  const headers = { 'x-request-id': 'mine' }
  const urls = ['/docs/nothing', '/docs/static', '/docs/static/nothing', '/docs/static/%2e%2e/package.json']
  for (const url of urls) {
    const response = await app.inject({ method: 'GET', url, headers })
    assert.equal(response.statusCode, 404, url)
    assert.match(response.headers['content-type']?.toString() ?? '', /^application\/problem\+json/, url)
    assert.equal(response.json().request_id, 'mine', url)
    assert.equal(response.headers['x-request-id'], 'mine', url)
    assert.equal(response.headers['x-content-type-options'], 'nosniff', url)
  }
  const refused = await app.inject({ method: 'PUT', url: '/docs/json' })
  assert.equal(refused.statusCode, 405)
  assert.equal(refused.headers.allow, 'GET, HEAD')
})

test('HEAD is answered as GET is, without the body', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  for (const url of ['/docs', '/docs/json', '/docs/static/swagger-ui.css']) {
    const [head, whole] = [await app.inject({ method: 'HEAD', url }), await app.inject({ method: 'GET', url })]
    assert.equal(head.statusCode, 200, url)
    assert.equal(head.headers['content-length'], whole.headers['content-length'], url)
    assert.equal(head.headers['content-type'], whole.headers['content-type'], url)
    assert.equal(head.body, '', url)
  }
})

test('a page is answered with the headers, and under the id, that the server gave to the request', async (t) => {
  const ids: string[] = []
  const watcher: Feature = {
    name: 'watcher',
    env: {},
    prepare(app) {
      app.addHook('onRequest', (request, reply, done) => {
        ids.push(request.id)
        reply.header('x-watched', 'yes')
        done()
      })
    },
  }
  const config = loadConfig({ LOG_LEVEL: 'silent' }, features)
  const app = await buildServer({ config, features: [watcher, ...features] })
  t.after(() => app.close())
  const urls = ['/docs', '/docs/static/swagger-ui.css', '/docs/static/nothing']
  for (const url of urls) {
    const { headers } = await app.inject({ method: 'GET', url })
    assert.match(ids.at(-1) ?? '', /^[\da-f-]{36}$/)
    assert.equal(headers['x-request-id'], ids.at(-1), url)
    assert.equal(headers['x-watched'], 'yes', url)
  }
})

test('while the server drains, a page is answered and the connection closed', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const ask = async () => {
    const request = get({ port: address.port, host: '127.0.0.1', path: '/docs/static/swagger-ui.css', agent })
    const [response] = await once(request, 'response')
    let bytes = 0
    for await (const chunk of response) bytes += chunk.length
    return { connection: response.headers.connection, complete: bytes === Number(response.headers['content-length']) }
  }
  assert.deepEqual(await ask(), { connection: 'keep-alive', complete: true })
  const drained = app.drain(500)
  assert.deepEqual(await ask(), { connection: 'close', complete: true })
  await drained
})
