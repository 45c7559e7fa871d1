import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { MemoryTier } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/memory-tier.ts'
import { Saver } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/saver.ts'
import { DirectorySource } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/sources/directory.ts'
import { HttpSource } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/sources/http.ts'
import type { Entry } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/value.ts'
import { makeFolder, writeFiles } from '../helpers/folder.ts'

function entry(bytes: number, expiresAt = Date.now() + 60_000): Entry {
  return { value: { kind: 'file', file: { bytes: new Uint8Array(bytes), type: '' } }, expiresAt }
}

describe('the memory tier', () => {
  test('forgets what was not used for the longest time when the bytes are full', () => {
    const tier = new MemoryTier(1)
    for (const key of ['a', 'b', 'c']) tier.set(key, entry(300_000))
    expect(tier.get('a')).not.toBeNull()
    tier.set('d', entry(300_000))
    expect(['a', 'b', 'c', 'd'].filter((key) => tier.get(key) !== null)).toEqual(['a', 'c', 'd'])
    expect(tier.usage()).toMatchObject({ entries: 3, evictions: 1 })
    expect(tier.usage().bytes).toBeLessThanOrEqual(2 ** 20)
  })

  test('does not keep what is larger than all of it, and says so', () => {
    const tier = new MemoryTier(1)
    expect(tier.set('a', entry(2_000_000))).toBe(false)
    expect(tier.usage().entries).toBe(0)
  })

  test('has nothing that has expired', () => {
    const tier = new MemoryTier(1)
    tier.set('a', entry(10, Date.now() - 1))
    expect(tier.get('a')).toBeNull()
  })
})

test('what does not fit into the queue of saves is dropped and counted; all that fits is done, a few at a time', async () => {
  const saver = new Saver({ bytes: 100, atOnce: 2 })
  let running = 0
  let most = 0
  const done: number[] = []
  for (let job = 0; job < 12; job += 1) {
    saver.add(10, async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise(setImmediate)
      running -= 1
      done.push(job)
    })
  }
  await saver.settle()
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect([saver.dropped, most]).toEqual([2, 2])
})

describe('a folder of data', () => {
  const open = (files: Record<string, string>, images = false) => {
    const path = makeFolder()
    writeFiles(path, files)
    return { path, source: new DirectorySource({ path, images, maxBytes: 10 }) }
  }

  test('has a file for each id, of the kind that the model takes', async () => {
    const { source } = open({ 'a.json': '[1]', 'b.png': 'PNG', 'c.txt': '' })
    expect(await source.fetch('a')).toMatchObject({ type: 'application/json', bytes: Buffer.from('[1]') })
    expect(await source.fetch('b')).toBeNull()
    const images = open({ 'a.json': '[1]', 'b.png': 'PNG' }, true).source
    expect(await images.fetch('a')).toBeNull()
    expect(await images.fetch('b')).toMatchObject({ type: 'image/png' })
  })

  test('refuses two files for one id, and one that is too large', async () => {
    const { source } = open({ 'a.png': '', 'a.jpg': '', 'b.webp': 'more than 10 bytes' }, true)
    await expect(source.fetch('a')).rejects.toMatchObject({ statusCode: 422 })
    await expect(source.fetch('b')).rejects.toMatchObject({ statusCode: 422 })
  })

  test('follows no link, and takes no folder for a file', async () => {
    const { path, source } = open({ 'a.json': '[1]' })
    symlinkSync(join(path, 'a.json'), join(path, 'link.json'))
    mkdirSync(join(path, 'folder.json'))
    expect(await source.fetch('link')).toBeNull()
    expect(await source.fetch('folder')).toBeNull()
  })

  test('lists its ids', async () => {
    const { source } = open({ 'a.json': '', 'b.json': '', 'c.txt': '', '.d.json': '' })
    const ids: string[] = []
    for await (const id of source.list()) ids.push(id)
    expect(ids.sort()).toEqual(['a', 'b'])
  })

  test('that is gone is 502', async () => {
    const source = new DirectorySource({ path: join(makeFolder(), 'gone', 'for-good'), images: false, maxBytes: 10 })
    await expect(source.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ statusCode: 502 })
  })
})

describe('a web server of data', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  async function serve(handle: Parameters<typeof createServer>[1]): Promise<string> {
    const server = createServer(handle)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  }
  const source = (baseUrl: string, more: object = {}) =>
    new HttpSource({ baseUrl, timeoutMs: 5000, maxBytes: 1000, authorization: '', ...more })

  test('is asked with the id, percent-encoded, at its end or in its place', async () => {
    const asked: string[] = []
    const url = await serve((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`)
      response.setHeader('content-type', 'Image/JPEG; q=1').end('bytes')
    })
    expect(await source(`${url}/data/`).fetch('ä b?#')).toMatchObject({ type: 'image/jpeg' })
    await source(`${url}/{id}/raw?x=1`, { authorization: 'Bearer t' }).fetch('$&')
    expect(asked).toEqual(['/data/%C3%A4%20b%3F%23 undefined', '/%24%26/raw?x=1 Bearer t'])
  })

  test.each([404, 410])('that answers %i has nothing', async (status) => {
    const url = await serve((_, response) => response.writeHead(status).end())
    expect(await source(url).fetch('a')).toBeNull()
  })

  test('that answers an error, or is not there, is 502 with Retry-After', async () => {
    const url = await serve((_, response) => response.writeHead(500).end())
    await expect(source(url).fetch('a')).rejects.toMatchObject({ statusCode: 502, retryAfter: 5 })
    await expect(source('http://127.0.0.1:1').fetch('a')).rejects.toMatchObject({ statusCode: 502 })
  })

  test('that does not answer, or not to the end, is 504', async () => {
    const silent = await serve(() => undefined)
    await expect(source(silent, { timeoutMs: 50 }).fetch('a')).rejects.toMatchObject({ statusCode: 504 })
    const half = await serve((_, response) => response.writeHead(200).write('half'))
    await expect(source(half, { timeoutMs: 50 }).fetch('a')).rejects.toMatchObject({ statusCode: 504 })
  })

  test('whose answer is too large, whatever its length says, is 422', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(2000)))
    await expect(source(url).fetch('a')).rejects.toMatchObject({ statusCode: 422 })
  })
})
