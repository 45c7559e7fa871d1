import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { PAGE_HEADERS } from '../../src/edge/web/service-worker.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { hasChromium, openContext, openPage, soon, WITHOUT } from './chromium.ts'
import { type ExportedExample, exportExample } from './exported.ts'

const folder = makeSharedFolder()

describe('a server with options.edge', () => {
  let iris: ExportedExample
  beforeAll(async () => {
    iris = await exportExample(folder, 'iris', { set: ['options.edge={}'] })
  })

  async function start(env: Record<string, string> = {}): Promise<RunningServer> {
    const server = await runServer(iris.server, env)
    onTestFinished(async () => {
      await server.stop()
    })
    return server
  }

  test('shows the page at /edge/, with types, with the headers of the page, and so that browsers ask again', async () => {
    const { url } = await start({ SECURITY_HEADERS: 'on' })
    expect((await fetch(`${url}/edge`, { redirect: 'manual' })).headers.get('location')).toBe('edge/')
    const types = {
      '': 'text/html; charset=utf-8',
      'service-worker.js': 'application/javascript; charset=utf-8',
      'manifest.webmanifest': 'application/manifest+json',
      'ort/1.30.0/ort.wasm.min.mjs': 'application/javascript; charset=utf-8',
    }
    for (const [path, type] of Object.entries(types)) {
      const { status, headers } = await fetch(`${url}/edge/${path}`)
      expect([path, status, headers.get('content-type')]).toEqual([path, 200, type])
      for (const [name, value] of Object.entries(PAGE_HEADERS)) expect(headers.get(name)).toBe(value)
      const forEver = path.startsWith('ort/')
      expect(headers.get('cache-control')).toBe(forEver ? 'public, max-age=31536000, immutable' : 'no-cache')
      const etag = headers.get('etag') ?? ''
      // As browsers ask; fetch of Node would say that it wants no stored answer.
      const again = { 'if-none-match': etag, 'cache-control': 'max-age=0' }
      expect((await fetch(`${url}/edge/${path}`, { headers: again })).status).toBe(304)
    }
  })

  test('answers parts of the model, so that a download can go on', async () => {
    const { url } = await start()
    const part = await fetch(`${url}/edge/models/iris.onnx`, { headers: { range: 'bytes=600-' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 600-681/682'])
    const whole = readFileSync(join(iris.web, 'models/iris.onnx'))
    expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(600))).toBe(true)
  })

  test('gives nothing but the export, and knows what is not there', async () => {
    const { url } = await start()
    for (const path of ['/edge/none.js', '/edge/..%2f..%2fpackage.json', '/edge/%2e%2e/%2e%2e/package.json']) {
      const response = await fetch(url + path)
      expect([path, response.status]).toEqual([path, 404])
      expect(response.headers.get('content-type')).toMatch('application/problem+json')
    }
    expect((await fetch(`${url}/edge/`, { method: 'POST' })).status).toBe(405)
  })

  test.skipIf(!hasChromium)(`the page works there, with threads at the first visit${WITHOUT}`, async () => {
    const { url } = await start({ SECURITY_HEADERS: 'on' })
    const page = await openPage(await openContext(), `${url}/edge/?check`)
    await soon(page.locator('#check-summary')).toMatch(/^(\d+) of \1 the same$/)
    expect(await page.evaluate('crossOriginIsolated')).toBe(true)
    const response = await page.request.post(`${url}/predict`, { data: { data: [[5.1, 3.5, 1.4, 0.2]] } })
    const { prediction }: { prediction: number[] } = await response.json()
    await soon(page.locator('#best')).toBe(`setosa\n${((prediction[0] ?? 0) * 100).toFixed(1)} %`)
  })

  test('says what to run where nothing is exported yet, and shows it as soon as it is', async () => {
    const { url } = await start()
    rmSync(join(iris.web, 'index.html'))
    const response = await fetch(`${url}/edge/`)
    expect(response.status).toBe(404)
    expect(await response.json()).toHaveProperty(
      'detail',
      'Nothing is exported for browsers: run `npm run edge:export` in the folder of the server.',
    )
  })
})

test('the rules of the page are the same in its headers, in the service worker and in the file itself', () => {
  const sources = join(import.meta.dirname, '../../templates/fastify-onnx/features')
  const html = readFileSync(join(sources, 'edge-web/base/edge-web/index.html'), 'utf8')
  const server = readFileSync(join(sources, 'edge/base/src/edge/page.ts'), 'utf8')
  for (const [name, value] of Object.entries(PAGE_HEADERS)) {
    expect(server).toContain(`'${name}':`)
    expect(server).toContain(value)
  }
  // A page cannot say itself who may show it in a frame.
  const [policy = ''] = (PAGE_HEADERS['content-security-policy'] ?? '').split('; frame-ancestors')
  expect(html).toContain(policy)
})
