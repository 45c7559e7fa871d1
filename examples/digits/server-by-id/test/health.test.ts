import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildServer } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { features } from '../src/features.ts'
import { startServer } from './server.ts'

const ready = { method: 'GET', url: '/health/ready' } as const

test('a server that runs is healthy, whatever it is asked first', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  for (const url of ['/health', '/health/live']) {
    const response = await app.inject({ method: 'GET', url })
    assert.equal(response.statusCode, 200)
    assert.deepEqual(response.json(), { health: 'ok' })
  }
})

test('it is ready after the warm-up, not before, and not while it drains', async (t) => {
  const app = await buildServer({ config: loadConfig({ LOG_LEVEL: 'silent' }, features), features })
  t.after(() => app.close())
  assert.equal((await app.inject(ready)).statusCode, 503)

  await app.warmUp()
  const response = await app.inject(ready)
  assert.equal(response.statusCode, 200)
  assert.deepEqual(response.json(), { ready: true })

  app.readiness.drain()
  assert.deepEqual((await app.inject(ready)).json(), { ready: false })
})

test('it is not ready while one of its features is not', async (t) => {
  const cold = { name: 'cold', env: {}, ready: () => false }
  const config = loadConfig({ LOG_LEVEL: 'silent' }, features)
  const app = await buildServer({ config, features: [...features, cold] })
  t.after(() => app.close())
  await app.warmUp()
  assert.equal((await app.inject(ready)).statusCode, 503)
})

test('HEAD works wherever GET does', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  const response = await app.inject({ method: 'HEAD', url: '/health' })
  assert.equal(response.statusCode, 200)
  assert.equal(response.body, '')
})
