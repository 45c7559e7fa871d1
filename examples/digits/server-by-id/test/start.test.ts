import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { startServer } from './server.ts'

/** Files of packages that are in use. */
function loadedFiles(name: string): readonly string[] {
  const files = Object.keys(createRequire(import.meta.url).cache)
  return files.filter((file) => file.replaceAll('\\', '/').includes(`/node_modules/${name}/`))
}

test('what few servers are ever asked for is loaded when it is, and not at the start', async (t) => {
  const app = await startServer()
  t.after(() => app.close())
  assert.ok(loadedFiles('fastify').length > 0, 'packages can be seen')
  const late = ['@fastify/swagger', '@fastify/swagger-ui', '@fastify/static', 'yaml', 'prom-client']
  const never = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'jose', '@fastify/rate-limit']
  for (const name of [...late, ...never]) assert.deepEqual(loadedFiles(name), [], name)

  await app.inject({ method: 'GET', url: '/docs' })
  await app.inject({ method: 'GET', url: '/metrics' })
  for (const name of late) assert.ok(loadedFiles(name).length > 0, name)
  for (const name of never) assert.deepEqual(loadedFiles(name), [], name)
})
