import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { features } from '../src/features.ts'

/** A server that does not stop would hold up the tests for ever. */
export const LIMIT = { timeout: 60_000 }
export const SERVER = fileURLToPath(new URL('../src/server.ts', import.meta.url))

/** `server.ts` in a process of its own. */
export function spawnServer(settings: Record<string, string>): ChildProcess {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: '0', ...anyPorts(), ...settings }
  return spawn(process.execPath, ['--import', 'tsx', SERVER], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Of the doors that options add: servers of other tests run at the same time. */
function anyPorts(): Record<string, string> {
  const names = features.flatMap(({ env }) => Object.keys(env)).filter((name) => name.endsWith('_PORT'))
  return Object.fromEntries(names.map((name) => [name, '0']))
}

/** Its address, once it listens; fails when it exits instead. */
export async function addressOf(server: ChildProcess): Promise<string> {
  for await (const chunk of server.stdout ?? []) {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(String(chunk))?.[0]
    if (address) return address
  }
  throw new Error('the server exited before it listened')
}

export async function outcomeOf(server: ChildProcess): Promise<{ code: unknown; stderr: string }> {
  let stderr = ''
  server.stderr?.on('data', (chunk) => {
    stderr += String(chunk)
  })
  server.stdout?.resume()
  const [code] = await once(server, 'close')
  return { code, stderr }
}
