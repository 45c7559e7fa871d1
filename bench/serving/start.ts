import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startArguments } from '../../scripts/run-server.ts'
import { endProcess } from './child.ts'
import { SERVER_CORE } from './cores.ts'
import { buildIris } from './generated.ts'
import type { Part } from './part.ts'
import { interleave, series } from './slices.ts'
import { pairwise } from './statistics.ts'
import { measureTable } from './table.ts'

const POLL_MS = 2
const IDLE_MS = 2000
const LIMIT_MS = 30_000
/** Two more than the slices of the other parts: these are short. */
const MORE_ROUNDS = 2

/** A cold start of the tiny server, as production starts it, and what it then holds of memory. */
export const start: Part = async ({ folder, rounds }) => {
  const target = await buildIris(folder)
  const node = series(startNothing)
  const server = series(() => startServer(target))
  await interleave([node, server], rounds + MORE_ROUNDS)
  const ready = server.slices.map((slice) => slice.readyMs)
  return {
    title: 'Start and memory (iris)',
    blocks: [
      INTRODUCTION,
      measureTable([
        { what: '`node -e 0`, ms', values: node.slices, digits: 0 },
        { what: 'server until ready, ms', values: ready, digits: 0 },
        {
          what: 'server until ready, over `node -e 0`, ms',
          values: pairwise(ready, node.slices, (a, b) => a - b),
          digits: 0,
          goal: { atMost: 350 },
        },
        {
          what: 'RSS after 2 s without a request, MB',
          values: server.slices.map((slice) => slice.rssMb),
          digits: 0,
          goal: { atMost: 130 },
        },
      ]),
    ],
  }
}

const INTRODUCTION = `The server as \`npm start\` starts it, on one core, from the start of the process until \`GET /health/ready\` answers 200, asked every
${POLL_MS} ms from the other core. MB are 10^6 bytes.`

async function startNothing(): Promise<number> {
  const begin = performance.now()
  await once(spawnOnCore(['-e', '0'], {}), 'exit')
  return performance.now() - begin
}

async function startServer(target: string): Promise<{ readyMs: number; rssMb: number }> {
  const port = await freePort()
  const begin = performance.now()
  const child = spawnOnCore(startArguments(target), { cwd: target, port })
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`the server exited with ${child.exitCode}`)
      if (performance.now() - begin > LIMIT_MS) throw new Error('the server does not get ready')
      await sleep(POLL_MS)
    }
    const readyMs = performance.now() - begin
    await sleep(IDLE_MS)
    return { readyMs, rssMb: await residentMb(child.pid) }
  } finally {
    await endProcess(child)
  }
}

function spawnOnCore(args: readonly string[], { cwd, port = 0 }: { cwd?: string; port?: number }): ChildProcess {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port) }
  return spawn('taskset', ['-c', SERVER_CORE, process.execPath, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** A socket of its own: fetch would cost more than what is measured. */
function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.setEncoding('latin1')
    socket.on('connect', () =>
      socket.write('GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    )
    socket.on('data', (text) => resolve(String(text).startsWith('HTTP/1.1 200 ')))
    socket.on('error', () => resolve(false))
    socket.on('close', () => resolve(false))
  })
}

/** taskset becomes the process that it starts: its id is node's. */
async function residentMb(pid: number | undefined): Promise<number> {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error('no VmRSS: the server is gone')
  return (Number(kib) * 1024) / 1e6
}
