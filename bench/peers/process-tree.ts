import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SERVER_CORE } from '../serving/cores.ts'
import { readProcessStat } from '../serving/process-stat.ts'
import type { Launch } from './peer.ts'

const POLL_MS = 50
/** A server that has not stopped by then is killed: how they stop is not measured here. */
const STOP_LIMIT_MS = 5000
const MAX_OUTPUT = 20_000

/** A server with all the processes that it starts, on the server's core. */
export interface ProcessTree {
  readonly process: ChildProcess
  /** The end of what it has written. */
  output(): string
  /** Takes the core away from it: some servers are busy while they wait. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Proportional set size: what is shared between its processes is counted once. Bytes. */
  memory(): Promise<number>
  stop(): Promise<void>
}

/** Starts a server, which may start more processes. */
export function startTree({ command, env }: Launch, cwd: string): ProcessTree {
  const child = spawn('taskset', ['-c', SERVER_CORE, ...command], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // taskset becomes the process that it starts.
  const { pid } = child
  if (pid === undefined) throw new Error('cannot start taskset')
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text = (text + chunk).slice(-MAX_OUTPUT)
    })
  }
  return {
    process: child,
    output: () => text,
    pause: async () => signal(await members(pid), 'SIGSTOP'),
    resume: async () => signal(await members(pid), 'SIGCONT'),
    memory: async () => {
      const sizes = await Promise.all((await members(pid)).map(proportionalSize))
      return sizes.reduce((sum, size) => sum + size, 0)
    },
    stop: () => stopTree(pid),
  }
}

/** The first process is told, and tells its children; what does not end is killed. */
async function stopTree(root: number): Promise<void> {
  const all = await members(root)
  signal(all, 'SIGCONT')
  signal([root], 'SIGTERM')
  for (let waited = 0; (await running(all)).length > 0; waited += POLL_MS) {
    if (waited > STOP_LIMIT_MS) signal(await running(all), 'SIGKILL')
    await sleep(POLL_MS)
  }
}

function signal(ids: readonly number[], name: NodeJS.Signals): void {
  for (const id of ids) {
    try {
      process.kill(id, name)
    } catch (error) {
      if (!hasEnded(error)) throw error
    }
  }
}

function hasEnded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH'
}

/** The process, its children, and theirs; whatever group or session they made for themselves. */
async function members(root: number): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(ids.map(async (id) => ({ id, parent: (await readProcessStat(id)).parent })))
  const tree = [root]
  for (const above of tree) tree.push(...parents.filter(({ parent }) => parent === above).map(({ id }) => id))
  return tree
}

/** Those that have not ended. */
async function running(ids: readonly number[]): Promise<number[]> {
  const found = await Promise.all(ids.map(async (id) => ({ id, ...(await readProcessStat(id)) })))
  return found.filter(({ state }) => state !== '' && state !== 'Z').map(({ id }) => id)
}

async function proportionalSize(id: number): Promise<number> {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(await readProc(id, 'smaps_rollup'))?.[1] ?? '0'
  return Number(kib) * 1024
}

/** Nothing when the process has ended meanwhile. */
function readProc(id: number, file: string): Promise<string> {
  return readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')
}
