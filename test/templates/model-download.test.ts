import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../scripts/run-server.ts'
import { makeFolder, makeSharedFolder, writeFiles } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { until } from '../helpers/processes.ts'
import { expectToPass, generate } from './data-cache-server.ts'

const IRIS = join(ROOT, 'examples/iris')
let server: string
let model: Buffer

beforeAll(async () => {
  const folder = makeSharedFolder()
  for (const file of ['iris.onnx', 'label.json']) copyFileSync(join(IRIS, file), join(folder, file))
  const stored = join(IRIS, 'server/models/iris.onnx')
  model = readFileSync(stored)
  const sha256 = createHash('sha256').update(model).digest('hex')
  const vars = readFileSync(join(IRIS, 'vars.yaml'), 'utf8')
  writeFiles(folder, {
    'vars.yaml': `${vars}\nimage: {model: {download: {url: "https://models.example.com/iris.onnx", sha256: ${sha256}}}}\n`,
  })
  server = await generate(folder, ['--name', 'fetched'], 'fetched')
})

type Answer = (response: ServerResponse) => void

async function serveModel(answer: Answer): Promise<{ url: string; count(): number }> {
  let count = 0
  const source = createServer((_request, response) => {
    count += 1
    answer(response)
  })
  source.listen(0, '127.0.0.1')
  await once(source, 'listening')
  onTestFinished(() => {
    source.closeAllConnections()
    source.close()
  })
  const address = source.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/iris.onnx?token=hush`, count: () => count }
}

/** The server's sources, as a process of their own. */
async function start(url: string, folder: string, env: Record<string, string> = {}) {
  const port = await freePort()
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    cwd: server,
    env: { ...process.env, HOST: '127.0.0.1', PORT: `${port}`, MODEL_URL: url, MODEL_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk))
  onTestFinished(() => void child.kill('SIGKILL'))
  const predicts = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/predict/test`).catch(() => undefined)
    return answer?.status === 200
  }
  return { child, predicts, output: () => text }
}

test('its own tests of the download pass', async () => {
  await expectToPass(server, ['model-download'])
})

test('a server without its model fetches it, and answers', async () => {
  const folder = join(makeFolder(), 'not', 'there', 'yet')
  const source = await serveModel((response) => response.end(model))
  const { predicts, output } = await start(source.url, folder)
  await until(predicts)
  expect(output()).toContain('the model is fetched')
  expect(output()).not.toContain('hush')
})

test('several processes fetch it once', async () => {
  const source = await serveModel((response) => response.end(model))
  const { predicts } = await start(source.url, makeFolder(), { PROCESSES: '2' })
  await until(predicts)
  expect(source.count()).toBe(1)
})

test('another model is never served', async () => {
  const folder = makeFolder()
  const source = await serveModel((response) => response.end(Buffer.from(model).fill(0, 100, 110)))
  const { child, output } = await start(source.url, folder)
  const [code] = await once(child, 'exit')
  expect(code).toBe(1)
  expect(output()).toMatch(/✖ the file at .*\/iris\.onnx is not the model that this server was made for/)
  expect(existsSync(join(folder, 'iris.onnx'))).toBe(false)
})

test('a stop ends a download at once; what came is kept', async () => {
  const folder = makeFolder()
  const source = await serveModel((response) => {
    response.writeHead(200, { 'content-length': model.length })
    response.write(model.subarray(0, 100))
  })
  const { child } = await start(source.url, folder)
  await until(
    () => existsSync(join(folder, 'iris.onnx.part')) && readFileSync(join(folder, 'iris.onnx.part')).length === 100,
  )
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})
