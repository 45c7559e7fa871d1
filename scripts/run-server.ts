import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A generated server that runs as a process of its own, on a loopback port. */
export interface RunningServer {
  readonly url: string
  readonly process: ChildProcess
  /** What it has written to stdout and stderr. */
  output(): string
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>
}

/** A TCP port that is free on the loopback interface right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** What `npm start` gives to node in a generated server's folder: node's own flags, then `dist/bundle/server.js`. */
export function startArguments(folder: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return String(scripts.start).split(' ').slice(1)
}

/**
 * Starts a built server as \`npm start\` does, and waits until it is ready; `node` is the binary that runs it.
 * @throws Error with the server's output when it exits first or is not ready within a minute.
 */
export async function runServer(
  folder: string,
  env: Record<string, string> = {},
  node = process.execPath,
): Promise<RunningServer> {
  const port = await freePort()
  const child = spawn(node, startArguments(folder), {
    cwd: folder,
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
  const url = `http://127.0.0.1:${port}`
  const running: RunningServer = {
    url,
    process: child,
    output: () => text,
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      return code
    },
  }
  await untilReady(running)
  return running
}

async function untilReady({ url, process: child, output, stop }: RunningServer): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server exited with ${child.exitCode}:\n${output()}`)
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(50)
  }
  await stop()
  throw new Error(`the server was not ready within a minute:\n${output()}`)
}
