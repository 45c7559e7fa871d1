import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { execaSync } from 'execa'
import { freePort } from '../run-server.ts'
import { untilReady } from './container.ts'
import { attempt, CACHE, ENV, run } from './engine.ts'

const REDIS_MS = 30_000
/** What compose.data-cache.yaml asks for, where no registry can be reached: Debian's Redis under that name. */
const REDIS = 'docker.io/library/redis:8.2-alpine'

/** Why compose files cannot be started here, or null. */
export function whyNoCompose(): string | null {
  if (execaSync('which', ['podman-compose'], { reject: false }).exitCode === 0) return null
  return 'podman-compose not found: apt-get install podman-compose'
}

/**
 * Starts a server's compose files for real, those that .env joins, with the image that was built; asks it by id, and stops it
 * again. Throws AssertionError, with the logs.
 */
export async function checkCompose(server: string, image: string): Promise<void> {
  await makeRedis()
  const name = server.split('/').at(-1) ?? ''
  await run('podman', ['tag', image, `localhost/${name}:local`])
  const port = await freePort()
  const file = join(server, '.env')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^PORT=.*$/m, `PORT=${port}`))
  // Of .env, podman-compose reads what stands in compose files, not which there are.
  const env = { ...ENV, ...parseEnv(readFileSync(file, 'utf8')) }
  const compose = (...args: string[]) =>
    execaSync('podman-compose', args, { cwd: server, env, reject: false, all: true, timeout: 300_000 })
  try {
    const up = compose('up', '--detach', '--no-build')
    assert.equal(up.exitCode, 0, up.all)
    await untilReady(port, () => Promise.resolve())
    const answer = await ask(port, { ids: ['0000', 'nothing'] })
    assert.equal(answer.errors?.[0]?.status, 404)
    assert.ok(Array.isArray(answer.prediction?.[0]))
    await untilRedis(port)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${compose('logs').all}`, { cause: error })
  } finally {
    compose('down', '--volumes')
  }
}

/** podman-compose does not wait for health: a Redis that was not there yet is asked again by requests that come later. */
async function untilRedis(port: number): Promise<void> {
  const deadline = Date.now() + REDIS_MS
  for (let id = 0; ; id += 1) {
    // What is in memory already is not asked for.
    await ask(port, { ids: [`unknown-${id}`] })
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    if (/^inference_cache_breaker_open\S* 0$/m.test(metrics)) return
    assert.ok(Date.now() < deadline, 'the Redis of compose is not reached')
    await sleep(200)
  }
}

async function ask(port: number, body: unknown): Promise<{ prediction?: unknown[]; errors?: { status: number }[] }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}/predict`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  assert.equal(answer.status, 200)
  return JSON.parse(await answer.text())
}

async function makeRedis(): Promise<void> {
  if ((await attempt('podman', ['image', 'exists', REDIS])).exitCode === 0) return
  const options = ['--mode=root', '--variant=minbase', '--include=redis-server', '--quiet', 'bookworm', 'redis.tar']
  await run('mmdebstrap', options, CACHE)
  const container = await run('buildah', ['from', 'scratch'])
  await run('buildah', ['add', '--quiet', container, 'redis.tar', '/'])
  await run('buildah', ['config', '--cmd', 'redis-server', container])
  await run('buildah', ['commit', '--quiet', '--rm', '--format', 'docker', container, REDIS])
}
