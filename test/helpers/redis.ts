import { execFileSync } from 'node:child_process'
import { execa } from 'execa'
import { freePort } from '../../scripts/run-server.ts'
import { makeFolder } from './folder.ts'
import { type Started, startProcess, until } from './processes.ts'

export interface RedisServer extends Started {
  readonly port: number
  readonly url: string
  /** redis-cli: what it prints. */
  ask(...command: string[]): Promise<string>
}

/** Whether Debian's redis-server is there: not on a machine with Node alone. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    execFileSync('redis-cli', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const ALONE = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'] as const

/** A Redis of the test's own, that keeps nothing on disk. `more`: further options, as on its command line. */
export async function startRedis(more: readonly string[] = [], port?: number): Promise<RedisServer> {
  const own = port ?? (await freePort())
  const args = [...ALONE, '--port', String(own), '--dir', makeFolder(), ...more]
  const started = await startProcess('redis-server', args, own)
  const password = more[more.indexOf('--requirepass') + 1]
  const login = more.includes('--requirepass') && password ? ['-a', password, '--no-auth-warning'] : []
  return {
    ...started,
    port: own,
    url: `redis://127.0.0.1:${own}`,
    ask: (...command) => ask(own, [...login, ...command]),
  }
}

/** Three primaries that share all slots. */
export async function startCluster(): Promise<readonly RedisServer[]> {
  const options = [
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    '2000',
    '--cluster-require-full-coverage',
    'no',
  ]
  // A node's bus is 10,000 above its port, where there may be none.
  const ports = [await busPort(), await busPort(), await busPort()]
  const nodes = await Promise.all(
    ports.map((port) => startRedis([...options, '--cluster-port', String(port + 1)], port)),
  )
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await execa`redis-cli --cluster create ${addresses} --cluster-yes`
  for (const node of nodes) await until(async () => (await node.ask('cluster', 'info')).includes('cluster_state:ok'))
  return nodes
}

async function busPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 50_000) return port
  }
}

/** A primary, its replica, and a Sentinel that replaces one by the other. */
export async function startSentinel(): Promise<{ primary: RedisServer; replica: RedisServer; port: number }> {
  const primary = await startRedis()
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(primary.port)])
  await until(async () => (await replica.ask('info', 'replication')).includes('master_link_status:up'))
  const port = await freePort()
  const folder = makeFolder({
    'sentinel.conf': `port ${port}
bind 127.0.0.1
sentinel monitor mymaster 127.0.0.1 ${primary.port} 1
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 2000
`,
  })
  const sentinel = await startProcess('redis-server', [`${folder}/sentinel.conf`, '--sentinel'], port)
  void sentinel
  await until(async () => (await ask(port, ['sentinel', 'replicas', 'mymaster'])).includes(String(replica.port)))
  return { primary, replica, port }
}

async function ask(port: number, command: readonly string[]): Promise<string> {
  const { stdout } = await execa('redis-cli', ['-p', String(port), ...command])
  return stdout
}
