import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { freePort } from '../../scripts/run-server.ts'

type Sent = Buffer | 'half' | 'cut' | null

/** What a file of the host becomes on its way, perhaps later; null: there is none. */
export type Disturb = (path: string, bytes: Buffer | null) => Sent | Promise<Sent>

/** A web server that knows nothing but files: no headers of ours. */
export interface StaticHost {
  readonly url: string
  /** The path of every request, with its range. */
  readonly asked: string[]
  disturb: Disturb
  /** As a server that is gone: connections are refused. */
  kill(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

/** Serves a folder on the loopback interface. */
export async function hostStatically(folder: string): Promise<StaticHost> {
  const port = await freePort()
  const server = createServer((request, response) => void answer(host, folder, request, response))
  const host: StaticHost = {
    url: `http://127.0.0.1:${port}/`,
    asked: [],
    disturb: (_path, bytes) => bytes,
    kill: () => close(server),
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return host
}

async function answer(
  host: StaticHost,
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? '/', host.url).pathname.replace(/\/$/, '/index.html').slice(1)
  const { range } = request.headers
  host.asked.push(range ? `${path} ${range}` : path)
  const file = join(folder, path)
  const bytes = existsSync(file) && statSync(file).isFile() ? readFileSync(file) : null
  const sent = await host.disturb(path, bytes)
  const headers = { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'accept-ranges': 'bytes' }
  if (sent === null) return void response.writeHead(404).end()
  // As a proxy ends an answer whose length it has not said: all that was sent arrives.
  if (sent === 'half') return void response.writeHead(200, headers).end(bytes?.subarray(0, bytes.length >> 1))
  if (sent === 'cut') return void cut(bytes ?? Buffer.alloc(0), headers, response)
  const [, start] = /^bytes=(\d+)-$/.exec(range ?? '') ?? []
  if (start === undefined) return void response.writeHead(200, headers).end(sent)
  const rest = sent.subarray(Number(start))
  const contentRange = `bytes ${start}-${sent.length - 1}/${sent.length}`
  response.writeHead(206, { ...headers, 'content-range': contentRange }).end(rest)
}

/** Half of a file, and then the connection is gone: what was sent may be lost too. */
function cut(bytes: Buffer, headers: Record<string, string>, response: ServerResponse): void {
  response.writeHead(200, { ...headers, 'content-length': bytes.length })
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy())
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
