import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { Server } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { interceptRequests } from './intercept.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Serves for `delayMs` more, not ready, with `connection: close`, then takes no new connections. Resolves when `close()`
     * resets nobody: no connection is left, or those that are have been idle for a while. `closeForAll`: where others listen on
     * the same port, closes it once they are as far.
     */
    drain(delayMs: number, closeForAll?: () => Promise<void>): Promise<void>
  }
}

/**
 * How long nobody may connect until it is taken that nobody is on the way; and for how long that is waited for: requests come
 * late then, but none gets lost.
 */
const QUIET_MS = 25
const MAX_WAIT_MS = 1000
/** How long requests on open connections are still answered after that. */
const LINGER_MS = 1000

/** Decorates `app.drain`: stops without a request being refused half way. */
export const drainPlugin = fp(
  async (app) => {
    app.decorate('drain', async (delayMs, closeForAll) => {
      const gate = openGate()
      app.readiness.drain()
      interceptRequests(app.server, (handle) => (request, response) => {
        response.setHeader('connection', 'close')
        gate.pass(() => handle(request, response))
      })
      await sleep(delayMs)
      if (!app.server.listening) return
      // Whoever gets an answer now connects again: the answers wait until the door is closed.
      gate.close()
      await untilNobodyConnects(app.server)
      const left = once(app.server, 'close')
      const closeIdle = keepIdleConnections(app.server)
      if (closeForAll) await Promise.race([closeForAll(), sleep(2 * MAX_WAIT_MS)])
      app.server.close()
      gate.open()
      await Promise.race([left, sleep(LINGER_MS)])
      closeIdle()
    })
  },
  { name: 'drain', dependencies: ['readiness'] },
)

/** Holds up what passes it while it is closed. */
function openGate() {
  let waiting: (() => void)[] | undefined
  return {
    pass(go: () => void): void {
      if (waiting) waiting.push(go)
      else go()
    },
    close(): void {
      waiting = []
    },
    open(): void {
      const held = waiting ?? []
      waiting = undefined
      for (const go of held) go()
    },
  }
}

/**
 * The kernel resets the connections that it has made for us and that were not accepted when we stop listening. Node accepts one
 * in each turn of the event loop: one without a new connection is one in which nobody waited.
 */
async function untilNobodyConnects(server: HttpServer): Promise<void> {
  const start = performance.now()
  let connected = start
  const note = () => {
    connected = performance.now()
  }
  server.on('connection', note)
  while (performance.now() - connected < QUIET_MS && performance.now() - start < MAX_WAIT_MS) await sleep(1)
  for (let before = Number.NaN; before !== connected && performance.now() - start < 1.1 * MAX_WAIT_MS; ) {
    before = connected
    await nextTurn()
  }
  server.off('connection', note)
}

/**
 * From now on, `close` of the server is that of node:net. That of node:http would also destroy idle connections, whose next
 * request may be on the way. Gives what takes it back, and closes them.
 */
function keepIdleConnections(server: HttpServer): () => void {
  const { close } = server
  server.close = (callback) => {
    Server.prototype.close.call(server, callback)
    return server
  }
  return () => {
    server.close = close
    server.closeIdleConnections()
  }
}
