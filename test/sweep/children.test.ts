import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runInChildren } from '../../bench/sweep/children.ts'
import type { Outcome } from '../../bench/sweep/outcome.ts'
import { makeFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

test('a process that aborts costs only the case it was at, and the rest goes on', async () => {
  const script = `
import { serveTasks } from '${join(ROOT, 'bench/sweep/children.ts')}'
serveTasks(async ({ task }, enter) => {
  enter('predict')
  if (task === 'abort') process.kill(process.pid, 'SIGABRT')
  if (task === 'throw') throw new Error('no kernel')
  return { kind: 'wrong', reason: task, sameBits: true }
})`
  const folder = makeFolder({ 'package.json': '{"type": "module"}', 'child.ts': script })
  const outcomes = new Map<string, Outcome>()
  const jobs = ['first', 'abort', 'throw', 'last'].map((task) => ({
    task: { task },
    done: (outcome: Outcome) => outcomes.set(task, outcome),
  }))
  await runInChildren(join(folder, 'child.ts'), jobs, 1)
  expect(Object.fromEntries(outcomes)).toEqual({
    first: { kind: 'wrong', reason: 'first', sameBits: true },
    abort: { kind: 'failed', stage: 'predict', reason: 'the process died (SIGABRT)' },
    throw: { kind: 'failed', stage: 'predict', reason: 'no kernel' },
    last: { kind: 'wrong', reason: 'last', sameBits: true },
  })
})
