import { connect as connectSocket, createServer } from 'node:net'
import { execa } from 'execa'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../scripts/run-server.ts'
import type { KeyMatch } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/tier.ts'
import {
  decodeEntry,
  encodeEntry,
} from '../../templates/fastify-onnx/features/data-cache-redis/base/src/data-cache/entry.ts'
import { openConnection } from '../../templates/fastify-onnx/features/data-cache-redis/base/src/data-cache/redis/connect.ts'
import { makeFolder } from '../helpers/folder.ts'
import { until } from '../helpers/processes.ts'
import { hasRedis, type RedisServer, startCluster, startRedis, startSentinel } from '../helpers/redis.ts'
import { connectTier, entryOf, openTier, PREFIX, untilKept } from './redis-tier.ts'

const needed = hasRedis() ? '' : ' (skipped: redis-server is not installed)'
const withRedis = describe.skipIf(needed !== '')

withRedis(`one Redis${needed}`, () => {
  test('gives back what it was given, until it expires there', async () => {
    const redis = await startRedis()
    const tier = await connectTier({ REDIS_URL: redis.url })
    const entry = entryOf(600_000)
    expect(await tier.set(`${PREFIX}a`, entry)).toBe(true)
    expect(await tier.get(`${PREFIX}a`)).toEqual(entry)
    expect(await tier.get(`${PREFIX}b`)).toBeNull()
    expect(Number(await redis.ask('pttl', `${PREFIX}a`))).toBeGreaterThan(50_000)
    expect(await tier.set(`${PREFIX}late`, entryOf(4, -1))).toBe(false)
  })

  test('is asked for 64 ids in one round trip', async () => {
    const redis = await startRedis()
    const { port, turns } = await countTurns(redis.port)
    const tier = await connectTier({ REDIS_URL: `redis://127.0.0.1:${port}` })
    const keys = Array.from({ length: 64 }, (_, index) => `${PREFIX}${index}`)
    for (const key of keys) await tier.set(key, entryOf(400))
    const before = turns()
    const found = await Promise.all(keys.map((key) => tier.get(key)))
    expect(found.filter((entry) => entry !== null)).toHaveLength(64)
    expect(turns() - before).toBe(1)
  })

  test('whose values somebody has damaged, cut off or replaced is a miss', async () => {
    const redis = await startRedis()
    const tier = await connectTier({ REDIS_URL: redis.url })
    const raw = openConnection({ ...tierSettings, REDIS_URL: redis.url, REDIS_TIMEOUT_MS: 15 })
    onTestFinished(() => raw.disconnect())
    await until(() => raw.status === 'ready')
    const good = encodeEntry(entryOf(400))
    const flipped = Buffer.from(good)
    flipped.writeUInt8((flipped.at(-5) ?? 0) ^ 1, flipped.length - 5)
    const values = [
      flipped,
      good.subarray(0, 300),
      Buffer.concat([good, Buffer.of(0)]),
      Buffer.from('{"data": 1}'),
      Buffer.of(),
    ]
    for (const value of values) {
      await raw.set(`${PREFIX}bad`, value)
      expect(await tier.get(`${PREFIX}bad`)).toBeNull()
    }
    await raw.del(`${PREFIX}bad`)
    await raw.lpush(`${PREFIX}bad`, 'a list')
    expect(await tier.get(`${PREFIX}bad`)).toBeNull()
    await raw.del(`${PREFIX}bad`)
    await raw.set(`${PREFIX}bad`, good)
    expect(await tier.get(`${PREFIX}bad`)).not.toBeNull()
    expect(tier.usage().breaker).toBe('closed')
  })

  test('whose values do not fit the model is a miss', async () => {
    const redis = await startRedis()
    const tier = await connectTier({ REDIS_URL: redis.url }, { accepts: ({ kind }) => kind === 'missing' })
    await tier.set(`${PREFIX}a`, entryOf(4))
    expect(await tier.get(`${PREFIX}a`)).toBeNull()
  })

  test('that wants a password is not reached without, and the reason is said', async () => {
    const redis = await startRedis(['--requirepass', 'secret'])
    const withIt = await connectTier({ REDIS_URL: redis.url, REDIS_PASSWORD: 'secret' })
    expect(await withIt.set(`${PREFIX}a`, entryOf(4))).toBe(true)
    const file = `${makeFolder({ password: 'secret\n' })}/password`
    const fromFile = await connectTier({ REDIS_URL: redis.url, REDIS_PASSWORD_FILE: file })
    expect(await fromFile.get(`${PREFIX}a`)).not.toBeNull()
    const without = openTier({ REDIS_URL: redis.url })
    expect(await without.get(`${PREFIX}a`)).toBeNull()
    expect(await without.set(`${PREFIX}a`, entryOf(4))).toBe(false)
    const wrong = openTier({ REDIS_URL: redis.url, REDIS_PASSWORD: 'wrong' })
    await expect(wrong.clear({ prefix: PREFIX, suffix: '' })).rejects.toMatchObject({ statusCode: 503 })
  })

  test('is reached over TLS by its own certificate authority', async () => {
    const folder = makeFolder()
    await makeCertificate(folder)
    const tlsPort = await freePort()
    const files = ['--tls-cert-file', `${folder}/cert.pem`, '--tls-key-file', `${folder}/key.pem`]
    await startRedis([
      ...files,
      '--tls-ca-cert-file',
      `${folder}/cert.pem`,
      '--tls-auth-clients',
      'no',
      '--tls-port',
      `${tlsPort}`,
    ])
    const url = `rediss://localhost:${tlsPort}`
    const tier = await connectTier({ REDIS_URL: url, REDIS_TLS_CA_FILE: `${folder}/cert.pem` })
    expect(await tier.set(`${PREFIX}a`, entryOf(4))).toBe(true)
    const stranger = openTier({ REDIS_URL: url })
    expect(await stranger.get(`${PREFIX}a`)).toBeNull()
  })

  test('that is silent is not asked any more, and asked again when it answers', async () => {
    const redis = await startRedis()
    const tier = await connectTier({ REDIS_URL: redis.url, REDIS_TIMEOUT_MS: 15 })
    await untilKept(tier)
    redis.pause()
    await until(async () => (await tier.get(`${PREFIX}a`)) === null && tier.usage().breaker === 'open')
    expect(await tier.set(`${PREFIX}a`, entryOf(4))).toBe(false)
    redis.resume()
    await untilKept(tier)
    expect(tier.usage().breaker).toBe('closed')
  })

  test('that ends and comes back is used again', async () => {
    const redis = await startRedis()
    const tier = await connectTier({ REDIS_URL: redis.url })
    await untilKept(tier)
    await redis.kill()
    await until(async () => (await tier.get(`${PREFIX}again`)) === null && tier.usage().breaker === 'open')
    await expect(tier.clear({ prefix: PREFIX, suffix: '' })).rejects.toMatchObject({ statusCode: 503 })
    await startRedis([], redis.port)
    await untilKept(tier)
  })

  test('that was not there at the start is used when it comes', async () => {
    const port = await freePort()
    const tier = openTier({ REDIS_URL: `redis://127.0.0.1:${port}` })
    const heard: KeyMatch[] = []
    tier.onClear((match) => heard.push(match))
    expect(await tier.get(`${PREFIX}a`)).toBeNull()
    await startRedis([], port)
    await untilKept(tier)
    await until(() => heard.length > 0)
  })

  test('that is full and may not evict keeps nothing new, and gives what it has', async () => {
    const redis = await startRedis(['--maxmemory', '4mb', '--maxmemory-policy', 'noeviction'])
    const tier = await connectTier({ REDIS_URL: redis.url })
    await tier.set(`${PREFIX}first`, entryOf(400_000))
    const kept: boolean[] = []
    for (let index = 0; index < 20; index += 1) kept.push(await tier.set(`${PREFIX}${index}`, entryOf(400_000)))
    expect(kept.slice(-8)).toEqual(Array(8).fill(false))
    expect(await tier.get(`${PREFIX}first`)).not.toBeNull()
    expect(tier.usage().breaker).toBe('closed')
  })

  test('that is full evicts what it must', async () => {
    const redis = await startRedis(['--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru'])
    const tier = await connectTier({ REDIS_URL: redis.url })
    for (let index = 0; index < 40; index += 1) expect(await tier.set(`${PREFIX}${index}`, entryOf(400_000))).toBe(true)
    expect(await tier.get(`${PREFIX}39`)).not.toBeNull()
    expect(await redis.ask('info', 'stats')).toMatch(/evicted_keys:[1-9]/)
  })

  test('is cleared of what matches and of nothing else, without holding it up', async () => {
    const redis = await startRedis()
    const tier = await connectTier({ REDIS_URL: redis.url })
    const keys = ['new:a', 'new:b', 'old:a', 'new:x[a]*?\\', 'new:x']
    for (const key of keys) await tier.set(`${PREFIX}${key}`, entryOf(4))
    await redis.ask('set', 'of somebody else', '1')
    const left = async () => (await redis.ask('--raw', 'keys', '*')).split('\n').filter(Boolean).sort()
    expect(await tier.clear({ prefix: PREFIX, suffix: ':x[a]*?\\' })).toBe(1)
    expect(await tier.clear({ prefix: PREFIX, suffix: ':a' })).toBe(2)
    expect(await tier.clear({ prefix: PREFIX, suffix: '', except: `${PREFIX}new:` })).toBe(0)
    expect(await left()).toEqual([`${PREFIX}new:b`, `${PREFIX}new:x`, 'of somebody else'])
    expect(await tier.clear({ prefix: PREFIX, suffix: '' })).toBe(2)
    expect(await left()).toEqual(['of somebody else'])
    // The one KEYS is ours, above.
    const commands = (await redis.ask('info', 'commandstats')).match(/cmdstat_(keys|flush\w+):calls=\d+/g)
    expect(commands).toEqual(['cmdstat_keys:calls=2'])
  })

  test('tells the servers that share it what one of them clears or renews, and that they may have missed something', async () => {
    const redis = await startRedis()
    const [one, other] = [await connectTier({ REDIS_URL: redis.url }), await connectTier({ REDIS_URL: redis.url })]
    const heard: Record<'one' | 'other', KeyMatch[]> = { one: [], other: [] }
    one.onClear((match) => heard.one.push(match))
    other.onClear((match) => heard.other.push(match))
    const listeners = async () => (await redis.ask('pubsub', 'numsub', `${PREFIX}clear`)).includes('2')
    await until(listeners)
    await one.clear({ prefix: PREFIX, suffix: ':a' })
    await one.tellRenewed(`${PREFIX}b`)
    await until(() => heard.other.length === 3)
    const expected = [':a', ':a', ''].map((suffix) => ({
      prefix: suffix ? PREFIX : `${PREFIX}b`,
      suffix,
      except: null,
    }))
    expect(heard).toEqual({ one: [], other: expected })
    await redis.ask('publish', `${PREFIX}clear`, 'nonsense')
    await redis.ask('client', 'kill', 'type', 'pubsub')
    await until(() => heard.one.length === 1 && heard.other.length === 4)
    expect(heard.one).toEqual([{ prefix: PREFIX, suffix: '' }])
    await until(listeners)
  })
})

withRedis(`Redis with a Sentinel${needed}`, () => {
  test('is used again after a failover', async () => {
    const { primary, port } = await startSentinel()
    const tier = await connectTier({ REDIS_SENTINELS: `127.0.0.1:${port}` })
    await untilKept(tier)
    await primary.kill()
    await until(async () => (await tier.get(`${PREFIX}none`)) === null && tier.usage().breaker === 'open')
    await untilKept(tier)
  })
})

withRedis(`a Redis cluster${needed}`, () => {
  test('keeps entries on all its nodes, and is cleared of all of them', async () => {
    const nodes = await startCluster()
    const tier = await connectTier({ REDIS_CLUSTER: addresses(nodes) })
    const keys = Array.from({ length: 64 }, (_, index) => `${PREFIX}${index}`)
    for (const key of keys) expect(await tier.set(key, entryOf(40_000))).toBe(true)
    const found = await Promise.all(keys.map((key) => tier.get(key)))
    expect(found.filter((entry) => entry !== null)).toHaveLength(64)
    const sizes = await Promise.all(nodes.map(async (node) => Number(await node.ask('dbsize'))))
    expect(Math.min(...sizes)).toBeGreaterThan(0)
    expect(await tier.clear({ prefix: PREFIX, suffix: '' })).toBe(64)
    expect(await tier.get(`${PREFIX}0`)).toBeNull()
  })

  test('of which one node is gone still gives what the others have, and tells who listens', async () => {
    const [first, ...others] = await startCluster()
    if (!first) throw new Error('no node')
    const tier = await connectTier({ REDIS_CLUSTER: addresses([first, ...others]) })
    const heard: KeyMatch[] = []
    const listener = await connectTier({ REDIS_CLUSTER: addresses(others) })
    listener.onClear((match) => heard.push(match))
    const keys = Array.from({ length: 64 }, (_, index) => `${PREFIX}${index}`)
    for (const key of keys) await tier.set(key, entryOf(400))
    const lost = Number(await first.ask('dbsize'))
    await first.kill()
    await until(async () => {
      const found = await Promise.all(keys.map((key) => tier.get(key)))
      return found.filter((entry) => entry !== null).length === 64 - lost
    })
    await until(async () => {
      await tier.tellRenewed(`${PREFIX}1`)
      return heard.length > 0
    })
  })
})

describe('settings of Redis that cannot work', () => {
  test.each([
    [{ REDIS_URL: 'http://localhost' }, /REDIS_URL must be redis:\/\//],
    [{ REDIS_CLUSTER: 'a:1', REDIS_SENTINELS: 'b:2' }, /give one of them/],
    [{ REDIS_CLUSTER: 'a:b:c' }, /"a:b:c" is not host:port/],
    [{ REDIS_PASSWORD_FILE: '/nowhere/at-all' }, /REDIS_PASSWORD_FILE: cannot read/],
    [{ REDIS_URL: 'rediss://localhost', REDIS_TLS_CA_FILE: '/nowhere' }, /REDIS_TLS_CA_FILE: cannot read/],
  ])('%o are refused', (settings, message) => {
    expect(() => openTier(settings)).toThrow(message)
  })
})

describe('an entry', () => {
  const floats = fc.float32Array({ minLength: 1, maxLength: 40 })
  const tensors = fc.oneof(
    floats.map((data) => ({ dtype: 'float32' as const, shape: [data.length], data })),
    fc.bigInt64Array({ maxLength: 9 }).map((data) => ({ dtype: 'int64' as const, shape: [1, data.length], data })),
    fc.uint8Array({ maxLength: 9 }).map((data) => ({ dtype: 'uint8' as const, shape: [data.length, 1], data })),
    fc.uint16Array({ maxLength: 9 }).map((data) => ({ dtype: 'float16' as const, shape: [data.length], data })),
    fc.array(fc.string()).map((data) => ({ dtype: 'string' as const, shape: [data.length], data })),
  )
  const values = fc.oneof(
    fc.constant({ kind: 'missing' as const }),
    fc.array(tensors, { maxLength: 4 }).map((all) => ({ kind: 'tensors' as const, tensors: all })),
    fc
      .record({ bytes: fc.uint8Array({ maxLength: 99 }), type: fc.string() })
      .map((file) => ({ kind: 'file' as const, file })),
  )

  test('comes back bit for bit, wherever in memory its bytes begin', () => {
    fc.assert(
      fc.property(values, fc.double({ noNaN: true }), fc.nat({ max: 15 }), (value, expiresAt, offset) => {
        const bytes = encodeEntry({ value, expiresAt })
        const moved = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset)
        const entry = decodeEntry(moved)
        expect(entry?.expiresAt).toBe(expiresAt)
        expect(plain(entry?.value)).toEqual(plain(value))
      }),
    )
  })

  test('that is damaged in any one byte, or cut off anywhere, is none', () => {
    const bytes = encodeEntry(entryOf(40))
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      expect(decodeEntry(damaged), `byte ${at}`).toBeNull()
      expect(decodeEntry(bytes.subarray(0, at)), `cut at ${at}`).toBeNull()
    }
  })
})

const tierSettings = {
  REDIS_URL: '',
  REDIS_CLUSTER: '',
  REDIS_SENTINELS: '',
  REDIS_SENTINEL_NAME: '',
  REDIS_SENTINEL_PASSWORD: '',
  REDIS_USERNAME: '',
  REDIS_PASSWORD: '',
  REDIS_PASSWORD_FILE: '',
  REDIS_TLS: 'off',
  REDIS_TLS_CA_FILE: '',
} as const

/** Buffers and their views as what they hold. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value))
    return [
      value.constructor.name.replace('Buffer', 'Uint8Array'),
      Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'),
    ]
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

function addresses(nodes: readonly RedisServer[]): string {
  return nodes.map(({ port }) => `127.0.0.1:${port}`).join()
}

/** In front of Redis: how often the client spoke after Redis had. */
async function countTurns(port: number): Promise<{ port: number; turns: () => number }> {
  let turns = 0
  let last: 'client' | 'redis' = 'redis'
  const proxy = createServer((client) => {
    const redis = connectSocket({ host: '127.0.0.1', port })
    client.on('data', (chunk) => {
      if (last === 'redis') turns += 1
      last = 'client'
      redis.write(chunk)
    })
    redis.on('data', (chunk) => {
      last = 'redis'
      client.write(chunk)
    })
    client.on('close', () => redis.destroy())
    redis.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const address = proxy.address()
  return { port: address !== null && typeof address === 'object' ? address.port : 0, turns: () => turns }
}

async function makeCertificate(folder: string): Promise<void> {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`]
  await execa('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files])
}
