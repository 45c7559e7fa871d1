import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const AT_ONCE = 200

/** Bare connections to the server; errors on them are the server's answer to abuse, and expected. */
export async function openSockets(url: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => socket.destroy())
      return socket
    })
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    sockets.push(...some)
  }
  return sockets
}

/** A POST of JSON to /predict, up to the body. */
export function head(length: number, headers: Readonly<Record<string, string>> = {}): string {
  const all = { host: 'localhost', 'content-type': 'application/json', 'content-length': String(length), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `POST /predict HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** Sends the bytes and counts the answers by status until so many have come, or the connection or the time ends. */
export async function countAnswers(socket: Socket, bytes: string | Buffer, wanted = 1): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  let rest = ''
  let total = 0
  const over = new Promise<void>((resolve) => {
    socket.on('close', () => resolve())
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1')
      for (const [line, status = ''] of rest.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        counts.set(status, (counts.get(status) ?? 0) + 1)
        total += 1
        rest = rest.slice(rest.indexOf(line) + line.length)
      }
      // A status line may be cut in two.
      rest = rest.slice(-20)
      if (total >= wanted) resolve()
    })
  })
  socket.write(bytes)
  await Promise.race([over, sleep(20_000, undefined, { ref: false })])
  return counts
}

export function add(all: readonly ReadonlyMap<string, number>[]): string {
  const sum = new Map<string, number>()
  for (const counts of all) for (const [status, n] of counts) sum.set(status, (sum.get(status) ?? 0) + n)
  return [...sum].map(([status, n]) => `${n} x ${status}`).join(', ') || 'none'
}
