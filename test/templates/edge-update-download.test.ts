import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { download } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/download.ts'
import { pauseBefore } from '../../templates/fastify-onnx/features/edge-web/base/edge-web/update/response.ts'
import { nodeTools } from '../helpers/edge-device.ts'
import { FolderStore } from '../helpers/edge-store.ts'
import { makeFolder } from '../helpers/folder.ts'
import { serve } from '../helpers/http.ts'
import { ROOT } from '../helpers/paths.ts'

interface Exchange {
  request: { range: string | null; ifRange: string | null }
  response: {
    status: number
    headers?: Record<string, string>
    from?: number
    to?: number
    wrong?: boolean
    extra?: number
    cut?: boolean
  } | null
}

interface Partial {
  received: number
  etag: string | null
  wrong?: boolean
}

interface Vector {
  name: string
  partial: Partial | null
  exchanges: Exchange[]
  answer: string
  left: Partial | null
}

const { size, sha256, model, vectors }: { size: number; sha256: string; model: string; vectors: Vector[] } = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/edge-updates/downloads.json'), 'utf8'),
)
const MODEL = Buffer.from(model, 'base64')

describe('a download from a server', () => {
  test.each(vectors)('$name: $answer', async ({ partial, exchanges, answer, left }) => {
    const folder = makeFolder()
    const store = new FolderStore(folder)
    if (partial) await layDown(store, folder, partial)
    const asked: unknown[] = []
    const url = await serve((request, response) => {
      const exchange = exchanges[asked.length]
      asked.push({ range: request.headers.range ?? null, ifRange: request.headers['if-range'] ?? null })
      respond(request, response, exchange?.response ?? null)
    })
    expect(await download({ url: `${url}/model`, sha256, size }, store, nodeTools)).toBe(
      answer === 'staged' ? 'loaded' : answer,
    )
    expect(asked).toEqual(exchanges.map(({ request }) => request))
    if (answer === 'staged') expect(Buffer.from(await store.readPartial(sha256))).toEqual(MODEL)
    else expect(await store.partial(sha256)).toEqual(left)
  })

  async function layDown(store: FolderStore, folder: string, { received, etag, wrong }: Partial): Promise<void> {
    const bytes = new Uint8Array(received)
    bytes.set(MODEL.subarray(0, received))
    if (wrong) bytes[0] = 255
    await store.begin(sha256, etag)
    writeFileSync(join(folder, 'partial', sha256), bytes)
  }

  function respond(request: IncomingMessage, response: ServerResponse, plan: Exchange['response']): void {
    if (plan === null) {
      request.socket.destroy()
      return
    }
    const { status, headers = {}, from = 0, to = 0, wrong, extra = 0, cut } = plan
    const body = Buffer.concat([MODEL.subarray(from, to), Buffer.alloc(extra)])
    if (wrong) body[body.length - 1] = (body.at(-1) ?? 0) ^ 1
    response.writeHead(status, { ...headers, 'content-length': cut ? size - from : body.length })
    response.write(body)
    if (cut) setTimeout(() => response.destroy(), 20)
    else response.end()
  }
})

describe('a disk without room', () => {
  const whole = (_: unknown, response: ServerResponse) => response.end(MODEL)

  test('nothing is asked for when it is known that there is no room for the rest', async () => {
    const folder = makeFolder()
    const url = await serve(() => expect.unreachable())
    class SmallStore extends FolderStore {
      override freeBytes() {
        return Promise.resolve(599)
      }
    }
    const store = new SmallStore(folder)
    await store.begin(sha256, null)
    await store.append(sha256, MODEL.subarray(0, 400))
    expect(await download({ url, sha256, size }, store, nodeTools)).toBe('no_space')
    expect(await store.partial(sha256)).toEqual({ received: 400, etag: null })
  })

  test.each(['begin', 'append'])('what was loaded makes room again when the disk refuses to %s', async (step) => {
    const folder = makeFolder()
    const store = new FolderStore(folder, (now) => (now === step ? 'refuses' : 'fine'))
    const url = await serve(whole)
    expect(await download({ url, sha256, size }, store, nodeTools)).toBe('no_space')
    expect(await store.partial(sha256)).toBeNull()
  })
})

test('a large model comes in many pieces and is the same', async () => {
  const large = Buffer.alloc(5_000_000, 'model ')
  const hash = createHash('sha256').update(large).digest('hex')
  const store = new FolderStore(makeFolder())
  let cuts = 0
  const url = await serve(({ headers }, response) => {
    const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
    const ranged = { 'content-range': `bytes ${from}-${large.length - 1}/${large.length}` }
    response.writeHead(from ? 206 : 200, {
      etag: '"x"',
      ...(from ? ranged : {}),
      'content-length': large.length - from,
    })
    const to = ++cuts < 5 ? from + 999_999 : large.length
    response.write(large.subarray(from, to), () => (to < large.length ? response.destroy() : response.end()))
  })
  expect(await download({ url, sha256: hash, size: large.length }, store, nodeTools)).toBe('loaded')
  expect(large.equals(await store.readPartial(hash))).toBe(true)
  expect(cuts).toBeGreaterThan(4)
})

test.each([
  [1, null, 1000],
  [2, null, 2000],
  [1, '5', 5000],
  [2, '1', 2000],
  [1, '3600', 60_000],
  [1, 'Wed, 21 Oct 2026 07:28:00 GMT', 1000],
  [1, '-5', 1000],
])('after %i fruitless attempts and Retry-After %s the pause is %i ms', (failed, retryAfter, ms) => {
  expect(pauseBefore(failed, retryAfter)).toBe(ms)
})
