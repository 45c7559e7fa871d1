import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOCK_FILE } from '../../src/lock.ts'
import { recover } from '../../src/write/recover.ts'
import { makeNewServer, makeOldServer, writeModels } from './scenario.ts'
import { bundleChild, startChild } from './spawn-child.ts'
import { cleanUp, tempDir, tree } from './support.ts'

let root: string
let bundle: string
let models: string
let oldServer: string
let whole: Undisturbed
let updated: Undisturbed

/** How many calls of the file system a child makes when nobody kills it, and the tree that it leaves. */
interface Undisturbed {
  readonly calls: number
  readonly result: Record<string, string>
}

beforeAll(async () => {
  root = tempDir()
  bundle = await bundleChild(join(root, 'bundle'))
  models = join(root, 'models')
  writeModels(models)
  oldServer = join(root, 'old', 'server')
  mkdirSync(join(root, 'old'))
  await makeOldServer(oldServer, models)
  whole = await undisturbed('nothing')
  updated = await undisturbed('old server')
})
afterAll(cleanUp)

type Start = 'nothing' | 'empty folder' | 'old server'

/** One place per run, holding the target alone: whatever else is in it afterwards is litter. */
function placeFor(start: Start, name: string): { place: string; target: string } {
  const place = join(root, name)
  mkdirSync(place)
  if (start === 'old server') cpSync(oldServer, join(place, 'server'), { recursive: true })
  if (start === 'empty folder') mkdirSync(join(place, 'server'))
  return { place, target: join(place, 'server') }
}

async function undisturbed(start: Start): Promise<Undisturbed> {
  const { place, target } = placeFor(start, `undisturbed ${start}`)
  const { code, stdout, stderr } = await startChild(bundle, ['generate', target, models], {}).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return { calls: Number(stdout), result: tree(place) }
}

/** One random call out of each of `count` equal stretches of all calls. */
function spread(calls: number, count: number): { at: number; when: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    at: 1 + Math.floor(((index + Math.random()) * calls) / count),
    when: Math.random() < 0.5 ? 'before' : 'during',
  }))
}

/** Kills the child once at each point, two at a time; returns what `check` says of each. */
async function killAtEach<T>(
  points: readonly { at: number; when: string }[],
  check: (point: { at: number; when: string }) => Promise<T>,
) {
  const results: T[] = []
  const queue = [...points]
  const worker = async () => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) results.push(await check(point))
  }
  await Promise.all([worker(), worker()])
  return results
}

/** A folder that holds the new lock is whole, even before anybody recovers it. */
function expectLockLast(left: Record<string, string>, after: Record<string, string>): void {
  const lock = `server/${LOCK_FILE}`
  if (left[lock] === after[lock]) expect(left).toMatchObject(after)
}

async function killOnce(
  start: Start,
  { at, when }: { at: number; when: string },
  before: Record<string, string>,
  after: Record<string, string>,
) {
  const { place, target } = placeFor(start, `${start} ${when} ${at} ${Math.random()}`)
  const { signal } = await startChild(bundle, ['generate', target, models], { DIE_AT: `${at}`, DIE_WHEN: when }).ended
  expect(signal).toBe('SIGKILL')
  expectLockLast(tree(place), after)
  await recover(target)
  const left = tree(place)
  const end = JSON.stringify(left) === JSON.stringify(before) ? 'old' : 'new'
  expect(left, `killed ${when} call ${at}`).toEqual(end === 'old' ? before : after)
  rmSync(place, { recursive: true })
  return end
}

describe('a command killed at any moment', () => {
  it('leaves no target or a whole one, and no litter, when the target is new', async () => {
    const { calls, result } = whole
    const ends = await killAtEach(spread(calls, 60), (point) => killOnce('nothing', point, {}, result))
    expect(new Set(ends).has('old')).toBe(true)
  }, 120_000)

  it('leaves an empty folder as it was or a whole server in it', async () => {
    const { calls, result } = await undisturbed('empty folder')
    expect(result).toEqual(whole.result)
    await killAtEach(spread(calls, 30), (point) => killOnce('empty folder', point, { server: 'empty folder' }, result))
  }, 120_000)

  it('leaves exactly the old server or exactly the new one when the target is a server', async () => {
    const { calls, result } = updated
    const before = tree(join(root, 'old'))
    const ends = await killAtEach(spread(calls, 80), (point) => killOnce('old server', point, before, result))
    expect(new Set(ends)).toEqual(new Set(['old', 'new']))
  }, 120_000)

  it('is finished by the next one also when that is killed too', async () => {
    const { calls, result } = updated
    const half = placeFor('old server', 'half')
    await startChild(bundle, ['generate', half.target, models], { DIE_AT: `${Math.floor(calls * 0.75)}` }).ended
    expect(readdirSync(join(half.target, '.create-inference-server/txn'))).toContain('journal.json')
    const copyOfHalf = (name: string) => {
      cpSync(half.place, join(root, name), { recursive: true })
      return { place: join(root, name), target: join(root, name, 'server') }
    }
    const recovered = copyOfHalf('recovered')
    const { stdout } = await startChild(bundle, ['recover', recovered.target], {}).ended
    expect(tree(recovered.place)).toEqual(result)
    await killAtEach(spread(Number(stdout), 30), async ({ at, when }) => {
      const { place, target } = copyOfHalf(`half ${when} ${at} ${Math.random()}`)
      const { signal } = await startChild(bundle, ['recover', target], { DIE_AT: `${at}`, DIE_WHEN: when }).ended
      expect(signal).toBe('SIGKILL')
      await recover(target)
      expect(tree(place), `killed ${when} call ${at} of the recovery`).toEqual(result)
    })
  }, 120_000)

  it.each([0.3, 0.6, 0.75, 0.9])('can be run again at once when %f of it was done', async (part) => {
    const { place, target } = placeFor('old server', `again ${part}`)
    await startChild(bundle, ['generate', target, models], { DIE_AT: `${Math.floor(updated.calls * part)}` }).ended
    await makeNewServer(target, models)
    expect(tree(place)).toEqual(updated.result)
  })
})
