import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startServer } from './server.ts'

const REQUEST = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'
const LAST_REQUEST = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

/** The server on a free port. */
async function listen(
  t: TestContext,
  settings: Record<string, string> = {},
): Promise<{ app: FastifyInstance; port: number }> {
  const app = await startServer(settings)
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { app, port: address.port }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** All that the server sends until it closes the connection; a reset throws. */
async function answersTo(socket: Socket, bytes: string | Buffer): Promise<string> {
  socket.write(bytes)
  return text(socket)
}

test('while it drains, it answers and asks to close the connection', async (t) => {
  const { app, port } = await listen(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const ask = async () => {
    const [response] = await once(get({ port, host: '127.0.0.1', path: '/health', agent }), 'response')
    response.resume()
    return response
  }
  assert.equal((await ask()).headers.connection, 'keep-alive')
  const drained = app.drain(100)
  const response = await ask()
  assert.equal(response.statusCode, 200)
  assert.equal(response.headers.connection, 'close')
  await drained
})

test('what comes on an idle connection after it has stopped to listen is answered', async (t) => {
  const { app, port } = await listen(t)
  const idle = await open(port)
  idle.write(REQUEST)
  await once(idle, 'data')
  const drained = app.drain(0)
  while (app.server.listening) await new Promise(setImmediate)
  await assert.rejects(open(port), /ECONNREFUSED/)
  assert.match(await answersTo(idle, REQUEST), /^HTTP\/1.1 200 OK/)
  await drained
})

test('where several processes listen, connections are taken and answers wait until all close the port', async (t) => {
  const { app, port } = await listen(t)
  const processes = new EventEmitter()
  const quiet = once(processes, 'quiet')
  const drained = app.drain(0, async () => {
    processes.emit('quiet')
    await once(processes, 'closed')
  })
  await quiet
  let answered = false
  const answer = answersTo(await open(port), REQUEST).then((bytes) => {
    answered = true
    return bytes
  })
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  assert.equal(answered, false)
  processes.emit('closed')
  assert.match(await answer, /^HTTP\/1.1 200 OK/)
  await drained
  await assert.rejects(open(port), /ECONNREFUSED/)
})

const LONG = 'x'.repeat(2_000_000)
const broken: readonly (readonly [name: string, bytes: string, status: number, detail: RegExp])[] = [
  ['what is not HTTP', 'hello\r\n\r\n', 400, /not HTTP/],
  ['an unknown method', 'BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, /not HTTP/],
  ['a header without end', `GET / HTTP/1.1\r\nX-Long: ${LONG}\r\n\r\n`, 431, /headers/],
  ['a body of two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, /not HTTP/],
]

for (const [name, bytes, status, detail] of broken) {
  test(`${name} is answered with ${status} as problem details, and the connection is closed`, async (t) => {
    const { port } = await listen(t)
    const [head = '', body = ''] = (await answersTo(await open(port), bytes)).split('\r\n\r\n')
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `))
    assert.match(head, /content-type: application\/problem\+json/)
    const problem = JSON.parse(body)
    assert.equal(problem.status, status)
    assert.match(problem.detail, detail)
    assert.match(head, new RegExp(`x-request-id: ${problem.request_id}`))
  })
}

test('a request that does not arrive in time is answered with 408', async (t) => {
  const { port } = await listen(t, { RECEIVE_TIMEOUT_MS: '100' })
  const answer = await answersTo(await open(port), 'POST /predict HTTP/1.1\r\nHost: localhost\r\n')
  assert.match(answer, /^HTTP\/1.1 408 /)
})

test('connections beyond MAX_CONNECTIONS are closed, and there is room again when one has left', async (t) => {
  const { port } = await listen(t, { MAX_CONNECTIONS: '1' })
  const only = await open(port)
  assert.equal(await text(await open(port)), '')
  only.end()
  await once(only.resume(), 'close')
  let answer = ''
  // The server may notice a little later that the one has left.
  while (answer === '') answer = await answersTo(await open(port), LAST_REQUEST).catch(() => '')
  assert.match(answer, /200 OK/)
})
