import type { Server } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { interceptRequests } from './intercept.ts'

/**
 * Bounds what callers can make the server hold. MAX_CONNECTIONS: more are closed as they come (counted here: where processes
 * share a port, those beyond node's own `maxConnections` are passed around for ever). Requests that are sent without waiting for
 * the answers before are handled one after the other: of a caller that never reads, all answers would be computed, and kept.
 */
export const connectionsPlugin = fp<{ config: Config }>(
  async (app, { config: { MAX_CONNECTIONS } }) => {
    interceptRequests(app.server, (handle) => (request, response) => {
      // It has no socket while an answer before it does.
      if (response.socket) handle(request, response)
      else response.once('socket', () => handle(request, response))
    })
    limitConnections(app.server, MAX_CONNECTIONS, app.log)
  },
  { name: 'connections' },
)

export function limitConnections(server: Server, max: number, log: FastifyBaseLogger): void {
  let open = 0
  let full = false
  server.on('connection', (socket) => {
    if (open >= max) {
      if (!full) log.warn({ MAX_CONNECTIONS: max }, 'no more connections: new ones are closed')
      full = true
      socket.destroy()
      return
    }
    open += 1
    socket.once('close', () => {
      open -= 1
      // Once per flood, not once per connection.
      full &&= open > max / 2
    })
  })
}
