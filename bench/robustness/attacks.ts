import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { IRIS } from './bodies.ts'
import { add, countAnswers, head, openSockets } from './sockets.ts'
import { type Check, exactly } from './verdict.ts'

export interface Attack {
  readonly name: string
  /** Attacks the server, and says what its answer was. */
  run(url: string): Promise<Check>
}

/** Of the server under attack: how long it waits for a request. */
export const RECEIVE_TIMEOUT_MS = 2000
/** That, and the time until node looks for it. */
const GIVE_UP_MS = RECEIVE_TIMEOUT_MS + 3000
const SLOW = 500
const MB = 1_000_000

/** As many callers that send something bad as a browser has connections to a site, and more. */
const CALLERS = 20

export const ATTACKS: readonly Attack[] = [
  slow('slow-loris: headers, byte by byte', 'GET / HTTP/1.1\r\nX-Slow: '),
  slow('slow-loris: a body, byte by byte', head(1000)),
  sent('gzip bombs, 1 GB in 1 MB', packed(), '413'),
  // V8 takes about 100 ms for each of these: a few at a time.
  sent('JSON 500,000 levels deep', json(`{"data":${'['.repeat(500_000)}${']'.repeat(500_000)}}`), '422', 5),
  sent('headers of 10 MB', Buffer.from(`GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(10 * MB)}`), '431'),
  {
    name: '10,000 idle connections',
    async run(url) {
      const sockets = await openSockets(url, 10_000)
      await sleep(1000)
      const open = sockets.filter((socket) => !socket.destroyed).length
      for (const socket of sockets) socket.destroy()
      return exactly('open after a second', open, 10_000)
    },
  },
  {
    name: 'callers that ask and never read',
    async run(url) {
      const sockets = await openSockets(url, CALLERS)
      const requests = 'GET /docs/json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000)
      for (const socket of sockets) {
        socket.pause()
        socket.write(requests)
      }
      await sleep(3000)
      const open = sockets.filter((socket) => !socket.destroyed).length
      for (const socket of sockets) socket.destroy()
      return exactly('still waiting', open, CALLERS)
    },
  },
  {
    name: '5,000 requests on a connection without waiting for an answer',
    async run(url) {
      const [socket] = await openSockets(url, 1)
      if (!socket) throw new Error('no connection')
      const counts = await countAnswers(socket, (head(IRIS.length) + IRIS).repeat(5000), 5000)
      socket.destroy()
      return exactly('answers', add([counts]), '5000 x 200')
    },
  },
]

/** Many connections that never get to an end: the server closes all of them. */
function slow(name: string, begin: string): Attack {
  return {
    name,
    async run(url) {
      const sockets = await openSockets(url, SLOW)
      for (const socket of sockets) socket.resume().write(begin)
      const end = performance.now() + GIVE_UP_MS
      while (performance.now() < end) {
        for (const socket of sockets) if (socket.writable) socket.write('x')
        await sleep(250)
      }
      const open = sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length
      for (const socket of sockets) socket.destroy()
      return exactly('still open afterwards', open, 0)
    },
  }
}

/** Several callers send this: each is answered with the status. */
function sent(name: string, bytes: Buffer, status: string, callers = CALLERS): Attack {
  return {
    name,
    async run(url) {
      const sockets = await openSockets(url, callers)
      const counts = await Promise.all(sockets.map((socket) => countAnswers(socket, bytes)))
      for (const socket of sockets) socket.destroy()
      return exactly('answers', add(counts), `${callers} x ${status}`)
    },
  }
}

function packed(): Buffer {
  const body = gzipSync(Buffer.alloc(1000 * MB, ' '))
  return Buffer.concat([Buffer.from(head(body.length, { 'content-encoding': 'gzip' })), body])
}

function json(body: string): Buffer {
  return Buffer.from(head(body.length) + body)
}
