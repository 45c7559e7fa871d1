import { setMaxListeners } from 'node:events'
import { type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** Where the server is, and what goes with every request. */
export interface Connection {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Take a certificate that no authority vouches for. */
  readonly insecure: boolean
  /** Milliseconds in which all that one case asks must be answered. */
  readonly timeout: number
}

export interface Message {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Sent in pieces of this many bytes, without a Content-Length. */
  readonly chunk?: number
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** There was no HTTP answer: no connection, one that broke, or none in time. */
export class NoAnswer extends Error {
  /** The server closed the connection: what it does after a refusal, when the rest of a body is still on its way. */
  get closed(): boolean {
    return CLOSED.includes(codeOf(this.cause))
  }
}

export interface Client {
  /** Throws NoAnswer. `path` begins with a slash. */
  ask(path: string, message?: Message): Promise<Answer>
}

/** A client whose requests must all be answered within the timeout from now. Nothing is sent that is not asked for. */
export function makeClient(connection: Connection): Client {
  const signal = AbortSignal.timeout(connection.timeout)
  setMaxListeners(0, signal) // each request listens
  return { ask: (path, message = {}) => send(connection, path, message, signal) }
}

// node:http and not fetch, which adds headers of its own and refuses to send wrong ones.
function send(connection: Connection, path: string, message: Message, signal: AbortSignal): Promise<Answer> {
  const { method = 'GET', body, chunk } = message
  const url = connection.url + path
  const headers = { ...connection.headers, ...message.headers, ...bodyLength(method, message) }
  const options = { method, headers, signal, agent: false, rejectUnauthorized: !connection.insecure } as const
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new NoAnswer(explain(error, connection.timeout), { cause: error }))
    const sent = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (data) => chunks.push(data))
      response.on('error', fail)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', fail)
    for (const part of chunk && body ? split(body, chunk) : []) sent.write(part)
    sent.end(chunk ? undefined : body)
  })
}

function bodyLength(method: string, { body, chunk }: Message): Record<string, string> {
  if (chunk !== undefined || method === 'GET') return {}
  return { 'content-length': String(body?.length ?? 0) }
}

function split(body: Buffer, size: number): Buffer[] {
  const count = Math.ceil(body.length / size)
  return Array.from({ length: count }, (_, index) => body.subarray(index * size, (index + 1) * size))
}

const CLOSED = ['ECONNRESET', 'EPIPE']

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed while the request was sent',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
}

function explain(error: Error, timeout: number): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${timeout / 1000} s`
  return REASONS[codeOf(error)] ?? error.message
}
