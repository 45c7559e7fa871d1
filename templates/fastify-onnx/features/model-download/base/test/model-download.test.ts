import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { ModelFileError } from '../src/ml/errors.ts'
import { fetchModel } from '../src/model-download/fetch-model.ts'

const MODEL = randomBytes(300_000)
const SHA256 = createHash('sha256').update(MODEL).digest('hex')
const folder = mkdtempSync(join(tmpdir(), 'model-download-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void

/** Serves by the given answers, one request each, the last one again and again. Gives what was asked for: the ranges. */
async function serve(context: { after(run: () => void): void }, ...answers: readonly Answer[]) {
  const ranges: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)]
    ranges.push(request.headers.range)
    answer?.(request, response, Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { url: `http://127.0.0.1:${address.port}/model.onnx?secret=1`, ranges }
}

const whole: Answer = (_request, response) => response.end(MODEL)
const rest: Answer = (_request, response, from) => {
  response.writeHead(206, { 'content-range': `bytes ${from}-${MODEL.length - 1}/${MODEL.length}` })
  response.end(MODEL.subarray(from))
}
/** The connection is lost after so many bytes. */
const cutAfter =
  (count: number): Answer =>
  (_request, response, from) => {
    const headers = { 'content-length': MODEL.length - from }
    if (from === 0) response.writeHead(200, headers)
    else response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${MODEL.length - 1}/${MODEL.length}` })
    // The end of the connection, after all of what was written.
    response.write(MODEL.subarray(from, from + count), () => response.socket?.end())
  }
const status =
  (code: number): Answer =>
  (_request, response) =>
    response.writeHead(code).end()

function fetchTo(url: string, file = join(folder, `${files++}.onnx`)) {
  const log = pino({ level: 'silent' })
  const done = fetchModel({ url, authorization: '', file, sha256: SHA256, bytes: MODEL.length, log })
  return { file, done }
}

const isRefusal = (message: RegExp) => (error: Error) => error instanceof ModelFileError && message.test(error.message)

test('the model is fetched, and what is there already is not fetched again', async (context) => {
  const { url, ranges } = await serve(context, whole)
  const { file, done } = fetchTo(url)
  await done
  assert.deepEqual(readFileSync(file), MODEL)
  await fetchTo(url, file).done
  assert.equal(ranges.length, 1)
})

test('a download that is cut goes on where it ended', async (context) => {
  const { url, ranges } = await serve(context, cutAfter(100_000), cutAfter(50_000), rest)
  const { file, done } = fetchTo(url)
  await done
  assert.deepEqual(readFileSync(file), MODEL)
  const [none, ...offsets] = ranges.map((range) => range && Number(/\d+/.exec(range)?.[0]))
  assert.equal(none, undefined)
  // What was still on its way when the connection ended may be lost.
  assert.ok(
    offsets.length === 2 && offsets.every((offset) => Number(offset) > 0 && Number(offset) <= 150_000),
    `${ranges}`,
  )
})

test('what an earlier start has fetched is gone on with', async (context) => {
  const { url, ranges } = await serve(context, rest)
  const file = join(folder, 'begun.onnx')
  writeFileSync(`${file}.part`, MODEL.subarray(0, 1234))
  await fetchTo(url, file).done
  assert.deepEqual(readFileSync(file), MODEL)
  assert.deepEqual(ranges, ['bytes=1234-'])
})

test('a server without ranges is asked for the whole model again', async (context) => {
  const { url } = await serve(context, cutAfter(100_000), whole)
  const { file, done } = fetchTo(url)
  await done
  assert.deepEqual(readFileSync(file), MODEL)
})

test('what is left of another model is thrown away', async (context) => {
  const { url, ranges } = await serve(context, rest)
  const file = join(folder, 'other.onnx')
  writeFileSync(`${file}.part`, randomBytes(1000))
  await fetchTo(url, file).done
  assert.deepEqual(readFileSync(file), MODEL)
  assert.equal(ranges.length, 2)
})

test('trouble of the server is waited out, a refusal is not', async (context) => {
  const trouble = await serve(context, status(503), whole)
  const { file, done } = fetchTo(trouble.url)
  await done
  assert.deepEqual(readFileSync(file), MODEL)

  const refusal = await serve(context, status(403))
  await assert.rejects(fetchTo(refusal.url).done, isRefusal(/answers 403/))
  assert.equal(refusal.ranges.length, 1)
})

test('another file is refused and not kept, and the message has no secret in it', async (context) => {
  const { url } = await serve(context, (_request, response) => response.end(randomBytes(MODEL.length)))
  const { file, done } = fetchTo(url)
  await assert.rejects(done, (error: Error) => {
    assert.match(error.message, /\/model\.onnx is not the model that this server was made for: its SHA-256 is not /)
    assert.ok(!error.message.includes('secret'))
    return true
  })
  assert.ok(!existsSync(file) && !existsSync(`${file}.part`))
})

test('a file of another size is refused before it is fetched', async (context) => {
  const { url, ranges } = await serve(context, (_request, response) => response.end(MODEL.subarray(1)))
  await assert.rejects(fetchTo(url).done, isRefusal(/is not the model: 299999 bytes, not 300000/))
  assert.equal(ranges.length, 1)
})

test('what becomes larger than the model is not fetched to its end', async (context) => {
  // Without its size in front.
  const { url, ranges } = await serve(context, (_request, response) => {
    response.write(MODEL)
    response.end(MODEL)
  })
  await assert.rejects(fetchTo(url).done, isRefusal(/larger than the model, 300000 bytes/))
  assert.equal(ranges.length, 1)
})

test('a folder that cannot be written is said at once', async (context) => {
  const { url, ranges } = await serve(context, whole)
  const { done } = fetchTo(url, join(folder, '0.onnx', 'model.onnx'))
  await assert.rejects(done, isRefusal(/cannot fetch the model from .* ENOTDIR|EEXIST/))
  assert.equal(ranges.length, 0)
})
