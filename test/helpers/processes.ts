import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { onTestFinished } from 'vitest'
import { readProcessStat } from '../../bench/serving/process-stat.ts'

const LIMIT_MS = 30_000

/** A server of somebody else's that a test has started. It ends with the test. */
export interface Started {
  readonly process: ChildProcess
  /** SIGSTOP: it is there, and says nothing. */
  pause(): void
  resume(): void
  /** At once, and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

export interface StartOptions {
  readonly uid?: number
  readonly gid?: number
  readonly env?: NodeJS.ProcessEnv
}

/** Starts a program and waits until somebody listens on the port. Throws with its output when it ends instead. */
export async function startProcess(
  command: string,
  args: readonly string[],
  port: number,
  options: StartOptions = {},
): Promise<Started> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  const started: Started = {
    process: child,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill(signal = 'SIGKILL') {
      if (isOver()) return
      const exit = once(child, 'exit')
      child.kill('SIGCONT')
      child.kill(signal)
      await exit
    },
  }
  onTestFinished(() => started.kill())
  await until(async () => {
    if (isOver()) throw new Error(`${command} ended: ${output}`)
    return isListening(port)
  })
  return started
}

/** Asks until it is so. Throws when that takes too long. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${LIMIT_MS} ms: ${isSo}`)
    await sleep(10)
  }
}

/** Whether SIGSTOP has reached it. */
export async function isStopped({ pid = 0 }: ChildProcess): Promise<boolean> {
  if (process.platform === 'linux') return (await readProcessStat(pid)).state === 'T'
  return (await execa`ps -o state= -p ${pid}`).stdout.trim().startsWith('T')
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
