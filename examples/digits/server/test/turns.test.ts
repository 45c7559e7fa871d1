import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { takingTurns } from '../src/image/one-core.ts'
import { Turns } from '../src/image/turns.ts'
import { QueueFull } from '../src/ml/errors.ts'

/** Writes down what begins and ends; each lasts until it is finished. */
function makeWork() {
  const turns = new Turns()
  const log: string[] = []
  const open = new Map<string, () => void>()
  const work = (name: string) => async () => {
    log.push(`+${name}`)
    await new Promise<void>((resolve) => open.set(name, resolve))
    log.push(`-${name}`)
    return name
  }
  return {
    turns,
    log,
    decode: (name: string) => turns.decode(work(name)),
    infer: (name: string) => turns.infer(work(name)),
    async finish(...names: string[]) {
      for (const name of names) open.get(name)?.()
      for (let turn = 0; turn < 3; turn += 1) await nextTurn()
    },
  }
}

test('what was decoded is inferred before the next is decoded', async () => {
  const { decode, infer, finish, log } = makeWork()
  const both = ['a', 'b'].map(async (name) => infer(`infer ${await decode(name)}`))
  for (const name of ['a', 'infer a', 'b', 'infer b']) await finish(name)
  assert.deepEqual(await Promise.all(both), ['infer a', 'infer b'])
  assert.deepEqual(log, ['+a', '-a', '+infer a', '-infer a', '+b', '-b', '+infer b', '-infer b'])
})

test('inferences that wait begin together, so that they can be a batch', async () => {
  const { decode, infer, finish, log } = makeWork()
  const all = [decode('photo'), infer('x'), infer('y')]
  await finish('photo')
  assert.deepEqual(log, ['+photo', '-photo', '+x', '+y'])
  await finish('x', 'y')
  await Promise.all(all)
})

test('neither keeps the other out: a decode that waits comes before inferences that came later', async () => {
  const { turns, decode, infer, finish, log } = makeWork()
  const all = [infer('x'), decode('a'), infer('y'), decode('b'), infer('z')]
  assert.equal(turns.waiting, 2)
  await finish('x')
  await finish('a')
  await finish('y', 'z')
  await finish('b')
  await Promise.all(all)
  assert.deepEqual(log, ['+x', '-x', '+a', '-a', '+y', '+z', '-y', '-z', '+b', '-b'])
})

test('what fails gives its turn on', async () => {
  const { turns, decode, finish } = makeWork()
  const fail = () => Promise.reject(new Error('broken'))
  const all = [turns.decode(fail), turns.infer(fail), decode('a')]
  const results = Promise.allSettled(all)
  await nextTurn()
  await nextTurn()
  await finish('a')
  assert.deepEqual(
    (await results).map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  )
})

test('as many images wait as rows may, and none before the model is tuned', async () => {
  const limits = { slots: 0, maxRows: 1, bestRows: 1, queueRows: 1, delayMs: 0, rowsPerSecond: 0.5 }
  const model = { limits }
  let finish = () => undefined as unknown
  const never = new Promise<never[]>((resolve) => {
    finish = () => resolve([])
  })
  const { decode, infer } = takingTurns({ decode: () => never, infer: async () => ({}) }, model)
  const early = [decode([]), decode([]), decode([])]
  assert.deepEqual(await infer({}, []), {}, 'beside them')

  model.limits = { ...limits, slots: 1 }
  const inTurn = [decode([]), decode([])]
  await assert.rejects(decode([]), (error) => error instanceof QueueFull && error.retryAfter === 2)
  finish()
  assert.equal((await Promise.all([...early, ...inTurn])).length, 5)
})
