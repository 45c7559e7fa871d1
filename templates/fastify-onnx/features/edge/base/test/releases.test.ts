import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { options } from '../src/edge/options.ts'
import { startServer } from './server.ts'

const above = await mkdtemp(join(tmpdir(), 'releases-'))
const folder = join(above, 'releases')
const app = await startServer({ EDGE_RELEASES_DIR: folder })
test.after(async () => {
  await app.close()
  await rm(above, { recursive: true })
})

const MODEL = Buffer.from('a model of some bytes')
const HASH = createHash('sha256').update(MODEL).digest('hex')
const model = `models/${HASH}.onnx`
const skip = options.host ? false : 'options.edge.host is off'
const ask = (path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  app.inject({ method, url: `/edge/releases/${path}`, headers })

async function put(path: string, bytes: Buffer | string): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, bytes)
}

test('there need not be a release', { skip }, async () => {
  assert.equal((await ask('manifest.json')).statusCode, 404)
  assert.equal((await ask(model)).statusCode, 404)
})

test('the manifest is asked for again each time, and sent when it is another', { skip }, async () => {
  await put('manifest.json', '{"version":1}')
  const first = await ask('manifest.json')
  assert.equal(first.body, '{"version":1}')
  assert.equal(first.headers['cache-control'], 'no-cache')
  const etag = String(first.headers.etag)
  assert.match(etag, /^"[0-9a-f]{64}"$/)
  assert.equal((await ask('manifest.json', { 'if-none-match': etag })).statusCode, 304)
  await put('manifest.json', '{"version":2}')
  const second = await ask('manifest.json', { 'if-none-match': etag })
  assert.equal(second.statusCode, 200)
  assert.equal(second.body, '{"version":2}')
  assert.equal((await ask('manifest.json', {}, 'HEAD')).headers['content-length'], '13')
})

test('a model can be kept for ever, and a download of it resumed', { skip }, async () => {
  await put(model, MODEL)
  const whole = await ask(model)
  assert.deepEqual(whole.rawPayload, MODEL)
  assert.equal(whole.headers.etag, `"${HASH}"`)
  assert.equal(whole.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(whole.headers['accept-ranges'], 'bytes')
  assert.equal(whole.headers['content-encoding'], undefined)

  for (const resume of [{}, { 'if-range': `"${HASH}"` }]) {
    const rest = await ask(model, { range: 'bytes=8-', ...resume })
    assert.equal(rest.statusCode, 206)
    assert.deepEqual(rest.rawPayload, MODEL.subarray(8))
    assert.equal(rest.headers['content-range'], `bytes 8-${MODEL.length - 1}/${MODEL.length}`)
    assert.equal(rest.headers.etag, `"${HASH}"`)
  }
  const other = await ask(model, { range: 'bytes=8-', 'if-range': '"another"' })
  assert.equal(other.statusCode, 200)
  assert.deepEqual(other.rawPayload, MODEL)
  assert.equal((await ask(model, { range: `bytes=${MODEL.length}-` })).statusCode, 416)
  assert.equal((await ask(model, { 'if-none-match': `"${HASH}"` })).statusCode, 304)
})

test('a release folder below has its own manifest and models', { skip }, async () => {
  await put('next/manifest.json', '{}')
  await put(`next/manifests/${HASH}.sig`, 'signature')
  assert.equal((await ask('next/manifest.json')).body, '{}')
  const signature = await ask(`next/manifests/${HASH}.sig`)
  assert.equal(signature.body, 'signature')
  assert.equal(signature.headers.etag, `"${HASH}"`)
})

test('nothing but releases is served', { skip }, async () => {
  await put('key.pem', 'secret')
  await put('.env', 'secret')
  await put(`${HASH}.onnx`, 'secret')
  await put('models/other.onnx', 'secret')
  await put('../manifest.json', 'secret')
  const paths = [
    'key.pem',
    '.env',
    '',
    'models/',
    `${HASH}.onnx`,
    'models/other.onnx',
    '../manifest.json',
    '%2e%2e/manifest.json',
    '..%2fmanifest.json',
    `models/..%2fmodels/${HASH}.onnx`,
  ]
  for (const path of paths) {
    const { statusCode, body } = await ask(path)
    assert.ok([403, 404].includes(statusCode), `${path}: ${statusCode}`)
    assert.doesNotMatch(body, /secret/)
  }
})

test('other methods are refused', { skip }, async () => {
  assert.equal((await app.inject({ method: 'POST', url: '/edge/releases/manifest.json' })).statusCode, 405)
})
