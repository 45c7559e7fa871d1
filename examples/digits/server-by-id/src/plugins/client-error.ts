import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'

/** How long a caller may go on sending what nobody reads, so that it can still read the answer. */
const LINGER_MS = 1000

/** Answers what node:http could not even parse, as all other errors, and closes the connection. */
export function answerClientError(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  // Also called for each further piece of the same broken request.
  if (error.code === 'ECONNRESET' || socket.destroyed || socket.writableEnded) return
  this.log.debug({ err: error }, 'not a request')
  const { status, detail } = explain(error)
  const requestId = randomUUID()
  const title = STATUS_CODES[status] ?? 'Error'
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, request_id: requestId })
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

function explain({ code, message }: ConnectionError): { status: number; detail: string } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, detail: 'The request did not arrive in time.' }
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, detail: 'The headers are too large.' }
  return { status: 400, detail: `This is not HTTP: ${message}.` }
}
