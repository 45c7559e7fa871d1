import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { build } from 'esbuild'
import { z } from 'zod'

const CHILDREN = join(import.meta.dirname, 'children')

/** What a child that serves says first: where, and where gRPC is (0: not). */
export const portSchema = z.object({ port: z.int(), grpcPort: z.int().default(0) })

/** A process that runs one of children/, pinned to some cores, and answers messages. */
export interface Child {
  readonly process: ChildProcess
  /** Sends a message and gives the next one that comes back. Throws when the process ends instead. */
  ask(message: unknown): Promise<unknown>
  stop(): Promise<void>
}

export interface ChildOptions {
  /** A file of children/, without `.ts`. */
  readonly script: string
  readonly args: readonly string[]
  /** Of node. */
  readonly flags?: readonly string[]
  /** As `taskset -c` takes them. */
  readonly cores: string
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Compiles the script into the folder, where node_modules must be, and starts it: servers run as plain JavaScript, as in
 * production. Gives the child with the first message that it sends.
 */
export async function startChild(folder: string, options: ChildOptions): Promise<{ child: Child; first: unknown }> {
  const { script, args, flags = [], cores, env } = options
  const file = await bundle(script, folder)
  const child = spawn('taskset', ['-c', cores, process.execPath, ...flags, file, ...args], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const first = await nextMessage(child, script)
  return {
    first,
    child: {
      process: child,
      ask(message) {
        child.send(Object(message))
        return nextMessage(child, script)
      },
      stop: () => endProcess(child),
    },
  }
}

/** SIGTERM, and waits until the process is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

async function bundle(script: string, folder: string): Promise<string> {
  const outfile = join(folder, `${script}.mjs`)
  await build({
    entryPoints: [join(CHILDREN, `${script}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  })
  return outfile
}

async function nextMessage(child: ChildProcess, script: string): Promise<unknown> {
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message),
      once(child, 'exit', { signal }).then(([code, by]) => {
        throw new Error(`${script} ended with ${code ?? by}: its output is above`)
      }),
    ])
  } finally {
    over.abort()
  }
}
