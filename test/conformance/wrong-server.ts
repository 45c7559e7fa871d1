import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { onTestFinished } from 'vitest'

/** A request or an answer on its way through. */
export interface Envelope {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface Asked extends Envelope {
  readonly method: string
  readonly path: string
}

export interface Answered extends Envelope {
  readonly status: number
}

/** What is wrong with a server: another request reaches the real one, or another answer comes back. */
export interface Fault {
  /** An answer in its place; undefined: the real server is asked. */
  readonly instead?: (asked: Asked) => Answered | 'silence' | undefined
  readonly request?: (asked: Asked) => Asked
  readonly answer?: (answered: Answered, asked: Asked) => Answered
}

/** A server that is as right as the one at `target`, but for one fault. @returns its URL. */
export async function startWrongServer(target: string, fault: Fault): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const asked = await readAsked(incoming)
    const instead = fault.instead?.(asked)
    if (instead === 'silence') return
    const through = fault.request?.(asked) ?? asked
    const answered = instead ?? (await forward(target, through))
    if (answered === undefined) return incoming.socket.destroy()
    const { status, headers, body } = instead ? answered : (fault.answer?.(answered, asked) ?? answered)
    const { 'content-length': _length, connection: _connection, 'transfer-encoding': _coding, ...rest } = headers
    for (const [name, value] of Object.entries(rest)) if (value !== undefined) outgoing.setHeader(name, value)
    outgoing.writeHead(status).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address?.port}`
}

async function readAsked(incoming: IncomingMessage): Promise<Asked> {
  const { method = '', url: path = '', headers } = incoming
  return { method, path, headers, body: await readAll(incoming) }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** undefined when the real server closes the connection, as it may behind a refusal of a body that is still sent. */
function forward(target: string, { method, path, headers, body }: Asked): Promise<Answered | undefined> {
  const { host: _host, connection: _connection, 'transfer-encoding': _coding, ...rest } = headers
  const options = { method, headers: { ...rest, 'content-length': body.length }, agent: false }
  return new Promise((resolve) => {
    const sent = request(target + path, options, async (response) => {
      const { statusCode: status = 0, headers: answered } = response
      resolve({ status, headers: answered, body: await readAll(response) })
    })
    sent.on('error', () => resolve(undefined))
    sent.end(body)
  })
}

/** The JSON in front of the binary tensors. */
export function jsonOf({ headers, body }: Envelope) {
  return JSON.parse(body.toString('utf8', 0, Number(headers[HEADER] ?? body.length)))
}

const HEADER = 'inference-header-content-length'

/** Another JSON in front of the same binary tensors. */
export function withJson<E extends Envelope>(envelope: E, json: unknown): E {
  const { headers, body } = envelope
  const text = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  if (headers[HEADER] === undefined) return { ...envelope, body: text }
  const binary = body.subarray(Number(headers[HEADER]))
  return { ...envelope, headers: { ...headers, [HEADER]: String(text.length) }, body: Buffer.concat([text, binary]) }
}

export function withHeaders<E extends Envelope>(envelope: E, headers: Envelope['headers']): E {
  return { ...envelope, headers: { ...envelope.headers, ...headers } }
}

export function reply(status: number, json: unknown): Answered {
  const body = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  return { status, headers: { 'content-type': 'application/json' }, body }
}
