import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { CreateError } from '../../src/errors.ts'
import { LOCK_FILE, printLock } from '../../src/lock.ts'
import { OWNERS } from '../../src/words.ts'
import { recover } from '../../src/write/recover.ts'
import { actions, cleanUp, edit, generate, lockOf, tempDir, text, tree } from './support.ts'

afterAll(cleanUp)

const ROOT = tempDir()

/** Pieces of which paths that want out are made, and pieces that are harmless. */
const SEGMENTS = [
  '..',
  '.',
  '',
  'a',
  'b',
  'A',
  '.git',
  'CON',
  'nul.txt',
  'c:',
  'x\\..\\..',
  '\0',
  'a.',
  'ä',
  'a\u0308',
  '~',
]
const paths = fc.oneof(
  fc.array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/')),
  fc
    .array(fc.constantFrom('a', 'b', 'c.ts', 'd'), { minLength: 1, maxLength: 3 })
    .map((segments) => segments.join('/')),
  fc.constantFrom(
    'outside/victim',
    '../outside/victim',
    join(ROOT, 'outside/victim'),
    '.create-inference-server/txn/0',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const files = fc.array(
  fc.record({ path: paths, content: fc.string({ maxLength: 5 }), owner: fc.constantFrom(...OWNERS) }),
  { maxLength: 4 },
)
const rendered = files.map((list) => list.map(({ path, content, owner }) => text(path, content, owner)))

/** Runs a command that may refuse what it is given, but must not fail in another way. Returns whether it did it. */
async function accepted(command: () => Promise<unknown>): Promise<boolean> {
  try {
    await command()
    return true
  } catch (error) {
    if (!(error instanceof CreateError)) throw error
    return false
  }
}

/** Everything but the target itself, which is `ROOT/server`. */
function outside(): Record<string, string> {
  const all = Object.entries(tree(ROOT))
  return Object.fromEntries(all.filter(([path]) => path !== 'server' && !path.startsWith('server/')))
}

function startAgain(): Record<string, string> {
  rmSync(join(ROOT, 'server'), { recursive: true, force: true })
  edit(ROOT, 'outside/victim', 'untouched')
  edit(ROOT, 'victim', 'untouched')
  edit(ROOT, 'a', 'untouched')
  return outside()
}

describe('whatever the paths are', () => {
  it('nothing outside of the target is written or removed, and what is accepted is there', async () => {
    let done = 0
    await fc.assert(
      fc.asyncProperty(rendered, rendered, async (first, second) => {
        const before = startAgain()
        const target = join(ROOT, 'server')
        for (const wanted of [first, second]) {
          if (!(await accepted(() => generate(target, wanted, { force: true })))) continue
          done += 1
          expect(tree(target)).toHaveProperty([LOCK_FILE])
          expect(Object.keys(actions(await generate(target, wanted))).length).toBeGreaterThanOrEqual(wanted.length)
        }
        expect(outside()).toEqual(before)
      }),
      { numRuns: 150 },
    )
    expect(done).toBeGreaterThan(25)
  }, 120_000)

  it('a lock that somebody wrote removes nothing outside of the target', async () => {
    await fc.assert(
      fc.asyncProperty(rendered, rendered, async (locked, wanted) => {
        const before = startAgain()
        edit(ROOT, `server/${LOCK_FILE}`, printLock(lockOf([...locked, text('../a', 'untouched')])))
        await accepted(() => generate(join(ROOT, 'server'), wanted, { force: true }))
        edit(ROOT, `server/${LOCK_FILE}`, printLock(lockOf(locked)))
        await accepted(() => generate(join(ROOT, 'server'), wanted, { force: true }))
        expect(outside()).toEqual(before)
      }),
      { numRuns: 100 },
    )
  }, 120_000)

  it('a journal that somebody wrote reaches nothing outside of the target', async () => {
    const hash = fc.constantFrom(text('', 'untouched').sha256, text('', 'staged').sha256)
    const step = fc.oneof(
      fc.record({
        op: fc.constant('put'),
        path: paths,
        staged: fc.constantFrom('0', '1', '../a'),
        before: hash,
        after: hash,
      }),
      fc.record({ op: fc.constant('remove'), path: paths, before: hash }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (steps) => {
        const before = startAgain()
        edit(ROOT, 'server/.create-inference-server/txn/0', 'staged')
        edit(ROOT, 'server/.create-inference-server/txn/1', 'staged')
        edit(ROOT, 'server/.create-inference-server/txn/journal.json', JSON.stringify({ journalVersion: 1, steps }))
        await accepted(() => recover(join(ROOT, 'server')))
        expect(outside()).toEqual(before)
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})
