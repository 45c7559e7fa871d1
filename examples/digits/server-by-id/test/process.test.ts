import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { contract } from '../src/contract.ts'
import { addressOf, LIMIT, outcomeOf, SERVER, spawnServer } from './spawn.ts'

/** A request that the server has begun to read, and waits for the rest of. */
async function beginRequest(address: string): Promise<{ finish(): Promise<number> }> {
  const { data_sample } = Object(await (await fetch(`${address}/metadata`)).json())
  const body = JSON.stringify({ data: data_sample })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const sent = request(`${address}/predict`, { method: 'POST', headers })
  const response = once(sent, 'response')
  response.catch(() => undefined) // Whoever does not finish it expects no answer.
  sent.write(body.slice(0, 1))
  // Asked on another connection after it: once this is answered, the first one has arrived.
  await fetch(`${address}/health`)
  return {
    async finish() {
      sent.end(body.slice(1))
      const [answer]: IncomingMessage[] = await response
      return answer?.resume().statusCode ?? 0
    },
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} stops the server after it has answered what it was asked`, LIMIT, async () => {
    const server = spawnServer({})
    const address = await addressOf(server)
    const outcome = outcomeOf(server)
    const begun = await beginRequest(address)
    server.kill(signal)
    await untilClosed(address)
    // 422 is an answer, too: of a model that cannot run its derived sample.
    assert.ok([200, 422].includes(await begun.finish()))
    assert.equal((await outcome).code, 0)
  })
}

async function untilClosed(address: string): Promise<void> {
  const isOpen = () =>
    fetch(`${address}/health`).then(
      () => true,
      () => false,
    )
  while (await isOpen()) await sleep(10)
}

async function untilDraining(address: string): Promise<void> {
  while ((await fetch(`${address}/health/ready`)).status === 200) await sleep(10)
}

test('a second signal ends it at once, whatever it was doing', LIMIT, async () => {
  const server = spawnServer({ SHUTDOWN_DELAY_MS: '600000' })
  const address = await addressOf(server)
  const outcome = outcomeOf(server)
  server.kill('SIGTERM')
  await untilDraining(address)
  server.kill('SIGTERM')
  assert.equal((await outcome).code, 1)
})

test('a request that does not end holds it up for SHUTDOWN_TIMEOUT_MS only', LIMIT, async () => {
  const server = spawnServer({ SHUTDOWN_TIMEOUT_MS: '200' })
  const outcome = outcomeOf(server)
  await beginRequest(await addressOf(server))
  server.kill('SIGTERM')
  assert.equal((await outcome).code, 1)
})

test('a port in use is one line that names it, and exit code 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  assert.ok(address !== null && typeof address === 'object')
  const { code, stderr } = await outcomeOf(spawnServer({ PORT: String(address.port) }))
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^✖ port ${address.port} is in use.*\\n$`))
})

test('a missing model is one line that names it, and exit code 1', async () => {
  const { code, stderr } = await outcomeOf(spawnServer({ MODEL_PATH: `nowhere/${contract.model.file}` }))
  assert.equal(code, 1)
  assert.match(stderr, /^✖ .*nowhere.*\n$/)
})

test('a file that is no model is one line that names it, and exit code 1', async () => {
  const { code, stderr } = await outcomeOf(spawnServer({ MODEL_PATH: SERVER }))
  assert.equal(code, 1)
  assert.match(stderr, /^✖ cannot load the model .*server\.ts.*\n$/)
})

test('a setting that does not fit is one line that names it, and exit code 1', async () => {
  const { code, stderr } = await outcomeOf(spawnServer({ PORT: 'http' }))
  assert.equal(code, 1)
  assert.match(stderr, /^✖ .*PORT must be integer\n$/)
})
