import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SweepCase } from './cases.ts'
import { runInChildren } from './children.ts'
import type { Outcome } from './outcome.ts'
import type { Task } from './task.ts'
import type { Result } from './verdict.ts'

const NODE_MODULES = join(import.meta.dirname, '../../node_modules')

export interface SweepOptions {
  /** By the bundled command instead of by `create()`: slower, and what a user does. */
  readonly byCommand: boolean
  /** Child processes at a time. */
  readonly parallel: number
  readonly onResult?: (result: Result) => void
}

/** Runs every case twice: by onnxruntime-node itself, then by its own generated server. In the order of `cases`. */
export async function runSweep(cases: readonly SweepCase[], options: SweepOptions): Promise<Result[]> {
  const { byCommand, parallel, onResult } = options
  const root = await mkdtemp(join(tmpdir(), 'cis-sweep-'))
  try {
    await symlink(NODE_MODULES, join(root, 'node_modules'), 'dir')
    await mkdir(join(root, 'cases'))
    const tasks = cases.map((one, index) => ({ ...one, place: join(root, 'cases', String(index)), byCommand }))
    const own = new Map<Task, Outcome>()
    const served = new Map<Task, Outcome>()
    await runInChildren(childScript('ort-child.ts'), jobs(tasks, own), parallel)
    await runInChildren(
      childScript('serve-child.ts'),
      jobs(tasks, served, (task) => onResult?.(resultOf(task))),
      parallel,
    )
    return tasks.map(resultOf)

    function resultOf(task: Task): Result {
      return { one: task, own: outcomeOf(own, task), served: outcomeOf(served, task) }
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function jobs(tasks: readonly Task[], outcomes: Map<Task, Outcome>, then?: (task: Task) => void) {
  return tasks.map((task) => ({
    task,
    done: (outcome: Outcome) => {
      outcomes.set(task, outcome)
      then?.(task)
    },
  }))
}

function outcomeOf(outcomes: ReadonlyMap<Task, Outcome>, task: Task): Outcome {
  return outcomes.get(task) ?? { kind: 'failed', stage: 'start', reason: 'was never run' }
}

function childScript(file: string): string {
  return join(import.meta.dirname, file)
}
