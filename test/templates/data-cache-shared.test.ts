import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { IRIS_VARS, makeFolder, makeIris } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { findPostgres, startPostgres } from '../helpers/postgres.ts'
import { until } from '../helpers/processes.ts'
import { hasRedis, startRedis } from '../helpers/redis.ts'
import { expectToPass, generate, OWN } from './data-cache-server.ts'

const DIGITS = join(ROOT, 'examples/digits')
const noRedis = hasRedis() ? '' : ' (skipped: redis-server is not installed)'
const noPostgres = findPostgres() ? '' : ' (skipped: PostgreSQL is not installed)'

/** A compiled server of digits with these options of data_cache, and ten images in its folder of data. */
async function makeDigits(options: string): Promise<string> {
  const folder = makeFolder()
  for (const file of ['vars.yaml', 'digits.onnx', 'digit.png', 'label.json'])
    copyFileSync(join(DIGITS, file), join(folder, file))
  const server = await generate(folder, ['--set', `options.data_cache=${options}`], 'digits')
  mkdirSync(join(server, 'data'), { recursive: true })
  for (let id = 0; id < 10; id += 1) copyFileSync(join(DIGITS, 'digit.png'), join(server, `data/000${id}.png`))
  await build(server)
  return server
}

async function build(server: string): Promise<void> {
  await execa({ cwd: server })`npm run build`
}

async function start(server: string, env: Record<string, string>): Promise<RunningServer> {
  const running = await runServer(server, { LOG_LEVEL: 'warn', ...env })
  onTestFinished(async () => void (await running.stop()))
  return running
}

async function ask({ url }: RunningServer, body: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: await answer.json() }
}

async function metric({ url }: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  )
}

const hitsInRedis = (server: RunningServer) => metric(server, 'inference_cache_hits_total{tier="redis"}')

describe.skipIf(noRedis !== '')(`servers that share a Redis${noRedis}`, () => {
  test.each(['redis', 'both'])('with tier: %s pass their own tests', async (tier) => {
    const redis = await startRedis()
    const vars = `${IRIS_VARS}options: {data_cache: {tier: ${tier}}}\n`
    const server = await generate(makeIris({ 'vars.yaml': vars }), [], 'iris')
    await expectToPass(server, [...OWN, 'predict', 'v2'], { REDIS_URL: redis.url })
    expect(await redis.ask('info', 'commandstats')).toMatch(/cmdstat_get:calls=[1-9]/)
    // One that they start themselves.
    await expectToPass(server, ['data-cache'])
    const lint = await execa({ cwd: server, reject: false })`npm run lint`
    expect(lint.exitCode, lint.stdout + lint.stderr).toBe(0)
  })

  test('find what another one has prepared, and forget what another one clears', async () => {
    const redis = await startRedis()
    const server = await makeDigits('{tier: both}')
    const env = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '2000' }
    const [one, other] = [await start(server, env), await start(server, env)]
    const first = await ask(one, { data: '0000' })
    await until(async () => (await redis.ask('dbsize')) === '1')
    expect(await ask(other, { data: '0000' })).toEqual(first)
    expect(await hitsInRedis(other)).toBe(1)
    const entries = (each: RunningServer) => metric(each, 'inference_cache_entries{tier="memory"}')
    expect([await entries(one), await entries(other)]).toEqual([1, 1])
    const { stdout } = await execa({ cwd: server, env })`node dist/data-cache/cli/clear.js --id 0000`
    expect(stdout).toBe('1 entries removed')
    await until(async () => (await entries(one)) === 0 && (await entries(other)) === 0)
  })

  test('are filled before they are asked, go on where that was cut off, and say what could not be had', async () => {
    const redis = await startRedis()
    const server = await makeDigits('{tier: redis}')
    const env = { REDIS_URL: redis.url }
    writeFileSync(join(server, 'ids.txt'), '0000\n0001\n\n0042\n')
    const warm = (...args: string[]) =>
      execa({ cwd: server, env, reject: false })`node dist/data-cache/cli/warm.js ${args}`
    expect((await warm('--ids', 'ids.txt')).stdout).toBe(
      '3 ids: 2 loaded, 0 cached already, 1 without data, 0 not saved, 0 failed\n  0042: no data',
    )
    expect((await warm('--all')).stdout).toBe(
      '10 ids: 8 loaded, 2 cached already, 0 without data, 0 not saved, 0 failed',
    )
    expect((await warm('--all', '--refresh')).stdout).toMatch(/^10 ids: 10 loaded/)
    const running = await start(server, { ...env, REDIS_TIMEOUT_MS: '2000' })
    const { status } = await ask(running, { ids: Array.from({ length: 10 }, (_, id) => `000${id}`) })
    expect([status, await hitsInRedis(running)]).toEqual([200, 10])
    await redis.kill()
    const failed = await warm('--all')
    expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringMatching(/^✖ Redis cannot be reached: /)])
  })

  test('answer all requests while it is silent, gone, and back again', async () => {
    const redis = await startRedis()
    const server = await makeDigits('{tier: redis}')
    const running = await start(server, { REDIS_URL: redis.url })
    const answers = new Set<string>()
    let asked = 0
    let asking = true
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let turn = caller; asking; turn += 1) {
        answers.add(JSON.stringify(await ask(running, { data: `000${turn % 10}` })))
        asked += 1
      }
    })
    const soon = (more: number) => {
      const before = asked
      return until(() => asked > before + more)
    }
    await soon(100)
    redis.pause()
    await soon(100)
    redis.resume()
    const after = await hitsInRedis(running)
    await until(async () => (await hitsInRedis(running)) > after)
    await redis.kill()
    await soon(100)
    await startRedis([], redis.port)
    const before = await hitsInRedis(running)
    await until(async () => (await hitsInRedis(running)) > before)
    asking = false
    await Promise.all(callers)
    // All images are the same: so is every answer, from whichever place.
    expect([...answers]).toHaveLength(1)
    expect([...answers][0]).toMatch(/^{"status":200/)
  })
})

describe.skipIf(noPostgres !== '')(`a server whose data lies in PostgreSQL${noPostgres}`, () => {
  test('answers by id as it does to the data itself, and lists what it warms up', async () => {
    const database = await startPostgres()
    await database.query('CREATE TABLE flowers (id int PRIMARY KEY, measures jsonb)')
    await database.query(`INSERT INTO flowers VALUES (1, '[[5.1, 3.5, 1.4, 0.2]]'), (2, '[[1]]')`)
    const source = 'source: {kind: postgres, table: flowers, id_column: id, json_column: measures}'
    const cwd = makeIris({ 'vars.yaml': `${IRIS_VARS}options: {data_cache: {${source}}}\n` })
    const server = await generate(cwd, [], 'iris')
    const lint = await execa({ cwd: server, reject: false })`npm run lint`
    expect(lint.exitCode, lint.stdout + lint.stderr).toBe(0)
    await build(server)
    const running = await start(server, { POSTGRES_URL: database.url, CACHE_WARM_IDS: 'all' })
    const direct = await ask(running, { data: [[5.1, 3.5, 1.4, 0.2]] })
    expect(await ask(running, { data: '1' })).toEqual(direct)
    expect(await ask(running, { ids: ['2', '3', 'x'] })).toMatchObject({
      status: 200,
      body: { prediction: [null, null, null], errors: [{ status: 422 }, { status: 404 }, { status: 404 }] },
    })
    await database.kill('SIGINT')
    expect(await ask(running, { data: '4' })).toMatchObject({ status: 502 })
    expect(await ask(running, { data: '1' })).toEqual(direct)
  })
})
