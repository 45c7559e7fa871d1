import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type Message, messageSchema, type Outcome, type Stage } from './outcome.ts'

const LIMIT_MS = 60_000
/** Some models (StringNormalizer) ask for it. */
export const LOCALE = 'en_US.UTF-8'

/** A case with what its child process must know beside it. */
export interface Job<Task> {
  readonly task: Task
  readonly done: (outcome: Outcome) => void
}

/**
 * Gives tasks, one after the other, to `parallel` child processes that run `script`. A child that dies (a native abort) or
 * hangs costs the one task it was at; a new child goes on with the rest.
 */
export async function runInChildren<Task extends object>(
  script: string,
  jobs: readonly Job<Task>[],
  parallel: number,
): Promise<void> {
  const queue = [...jobs]
  async function lane(): Promise<void> {
    let child: ChildProcess | undefined
    for (let job = queue.shift(); job; job = queue.shift()) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) child = start(script)
      job.done(await runTask(child, job.task))
    }
    if (child) await stop(child)
  }
  await Promise.all(Array.from({ length: parallel }, lane))
}

function start(script: string): ChildProcess {
  return fork(script, {
    execArgv: ['--import', 'tsx'],
    // Quiet: what onnxruntime prints by itself is in the errors, too.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, LC_ALL: LOCALE },
  })
}

function runTask(child: ChildProcess, task: object): Promise<Outcome> {
  return new Promise((resolve) => {
    let stage: Stage = 'start'
    const onMessage = (raw: unknown) => {
      const message = messageSchema.parse(raw)
      if ('stage' in message) stage = message.stage
      else finish(message.outcome)
    }
    const onExit = (code: number | null, signal: string | null) =>
      finish({ kind: 'failed', stage, reason: `the process died (${signal ?? `exit code ${code}`})` })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      child.off('exit', onExit)
      child.once('exit', () => finish({ kind: 'failed', stage, reason: `no answer in ${LIMIT_MS / 1000} s` }))
    }, LIMIT_MS)
    function finish(outcome: Outcome): void {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve(outcome)
    }
    child.on('message', onMessage)
    child.once('exit', onExit)
    child.send(task)
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
}

/** The other side: runs each task that the parent sends, and tells it the outcome. Ends when the parent lets go. */
export function serveTasks(run: (task: unknown, enter: (stage: Stage) => void) => Promise<Outcome>): void {
  const send = (message: Message) => process.send?.(message)
  process.on('message', async (task) => {
    let at: Stage = 'start'
    const outcome = await run(task, (stage) => {
      at = stage
      send({ stage })
    }).catch((error: unknown): Outcome => ({ kind: 'failed', stage: at, reason: reasonOf(error) }))
    send({ outcome })
  })
  process.on('disconnect', () => process.exit())
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 600)
}
