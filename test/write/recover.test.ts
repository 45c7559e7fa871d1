import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CreateError } from '../../src/errors.ts'
import { recover, refuseUnfinished } from '../../src/write/recover.ts'
import { isStopped, until } from '../helpers/processes.ts'
import { makeOldServer, serverFiles, writeModels } from './scenario.ts'
import { bundleChild, startChild } from './spawn-child.ts'
import { cleanUp, edit, failure, generate, tempDir, text, tree } from './support.ts'

const OWN = '.create-inference-server'
const TXN = `${OWN}/txn`
/** An id that no process has: Linux has none above 2^22, other systems fewer. */
const DEAD = 99_999_999

let bundle: string
let models: string
let root: string
let calls: number

beforeAll(async () => {
  root = tempDir()
  bundle = await bundleChild(join(root, 'bundle'))
  models = join(root, 'models')
  writeModels(models)
  await makeOldServer(join(root, 'start'), models)
  cpSync(join(root, 'start'), join(root, 'whole'), { recursive: true })
  const { stdout } = await startChild(bundle, ['generate', join(root, 'whole'), models], {}).ended
  calls = Number(stdout)
  await killWhenCommitted()
})
afterAll(cleanUp)
afterEach(() => {
  const kept = ['bundle', 'models', 'start', 'whole', 'committed']
  for (const name of readdirSync(root)) if (!kept.includes(name)) rmSync(join(root, name), { recursive: true })
})

/** Makes `committed`: a server whose update was killed as soon as its journal was committed. */
async function killWhenCommitted(): Promise<void> {
  const target = join(root, 'committed')
  for (let at = Math.floor(calls * 0.5); !existsSync(join(target, TXN, 'journal.json')); at += 3) {
    rmSync(target, { recursive: true, force: true })
    cpSync(join(root, 'start'), target, { recursive: true })
    await startChild(bundle, ['generate', target, models], { DIE_AT: `${at}` }).ended
  }
}

/** A copy of one of the servers that beforeAll made. */
function copyOf(name: 'start' | 'committed'): string {
  cpSync(join(root, name), join(root, 'server'), { recursive: true })
  return join(root, 'server')
}

describe('recover', () => {
  it('does nothing in a folder that needs nothing, or that is not there', async () => {
    const target = join(root, 'server')
    await recover(target)
    expect(existsSync(target)).toBe(false)
    await generate(target, [text('a', 'a')])
    edit(target, `${OWN}/backup/a`, 'kept')
    const before = tree(target)
    await recover(target)
    expect(tree(target)).toEqual(before)
  })

  it.each([
    ['an empty folder of ours', () => mkdirSync(join(root, 'server', OWN), { recursive: true })],
    ['a folder of ours with nothing but its .gitignore', () => edit(root, `server/${OWN}/.gitignore`, '*\n')],
    ['staged bytes without a journal', () => edit(root, `server/${TXN}/0`, 'x')],
    [
      'staged bytes of a dead process',
      () => [`0`, `owner-${DEAD}`].map((name) => edit(root, `server/${TXN}/${name}`, 'x')),
    ],
    ['staged bytes of a process before us that had our id', () => edit(root, `server/${TXN}/owner-${process.pid}`, '')],
    ['a half-written journal', () => edit(root, `server/${TXN}/journal.json.draft`, '{')],
    ['what a dead process had not taken yet', () => edit(root, `server/${OWN}/txn-${DEAD}/owner-${DEAD}`, '')],
    ['what a dead process had let go', () => edit(root, `server/${OWN}/txn-${DEAD}/journal.json`, '{}')],
    [
      'a target that a dead process was making',
      () => edit(root, `.server.create-inference-server-${DEAD}/src/a.ts`, 'x'),
    ],
  ])('takes back %s', async (_name, leave) => {
    await generate(join(root, 'server'), [text('a', 'a')])
    const before = tree(join(root, 'server'))
    leave()
    await recover(join(root, 'server'))
    expect(tree(join(root, 'server'))).toEqual(before)
    expect(readdirSync(root).filter((name) => name.includes('.server'))).toEqual([])
  })

  it('leaves what a living process is making', async () => {
    const beside = `.server.create-inference-server-${process.ppid}`
    edit(root, `${beside}/a`, 'x')
    await recover(join(root, 'server'))
    expect(existsSync(join(root, beside, 'a'))).toBe(true)
  })

  it('backs up a file that was edited after the crash before it is replaced', async () => {
    const target = copyOf('committed')
    edit(target, 'src/changed/11.ts', 'edited after the crash')
    edit(target, 'src/new/deep/0.ts', 'written after the crash')
    edit(target, 'src/old/deep/5.ts', 'edited after the crash, where we remove')
    await recover(target)
    expect(tree(target)).toEqual({
      ...tree(join(root, 'whole')),
      [`${OWN}/backup/src/changed/11.ts`]: '644 edited after the crash',
      [`${OWN}/backup/src/new/deep/0.ts`]: '644 written after the crash',
      'src/old/deep/5.ts': '644 edited after the crash, where we remove',
    })
  })

  it('works through a link to the server, through which vars.yaml may be read', async () => {
    const target = copyOf('committed')
    symlinkSync(target, join(root, 'link'))
    expect(await failure(() => refuseUnfinished(join(root, 'link')))).toMatchObject({ code: 'conflict' })
    await recover(join(root, 'link'))
    expect(tree(target)).toEqual(tree(join(root, 'whole')))
  })

  it('refuses a link that stands where it would write, and can go on when it is gone', async () => {
    const target = copyOf('committed')
    mkdirSync(join(root, 'outside'))
    renameSync(join(target, 'src/changed'), join(root, 'aside'))
    symlinkSync(join(root, 'outside'), join(target, 'src/changed'))
    const { code, issues } = await failure(() => recover(target))
    expect({ code, message: issues[0]?.message }).toEqual({
      code: 'conflict',
      message: 'src/changed is a symbolic link',
    })
    expect(tree(join(root, 'outside'))).toEqual({})
    rmSync(join(target, 'src/changed'))
    renameSync(join(root, 'aside'), join(target, 'src/changed'))
    await recover(target)
    expect(tree(target)).toEqual(tree(join(root, 'whole')))
  })

  it('makes --dry-run say that something is unfinished, which it then leaves as it is', async () => {
    const target = copyOf('committed')
    const before = tree(target)
    expect(await failure(() => refuseUnfinished(target))).toMatchObject({ code: 'conflict' })
    expect(tree(target)).toEqual(before)
    await recover(target)
    await refuseUnfinished(target)
    await refuseUnfinished(join(target, 'nowhere'))
  })
})

describe('a journal that is not ours', () => {
  const sha256 = '0'.repeat(64)
  const put = (path: string, staged = '0') => ({ op: 'put', path, staged, before: null, after: sha256 })
  const journals: readonly [string, string][] = [
    ['is not JSON', '{'],
    ['is of another version', '{"journalVersion":2,"steps":[]}'],
    ['leads out', JSON.stringify({ journalVersion: 1, steps: [put('../victim')] })],
    [
      'leads out by our own folder',
      JSON.stringify({ journalVersion: 1, steps: [put(`${OWN}/backup/../../../victim`)] }),
    ],
    ['writes to the journal', JSON.stringify({ journalVersion: 1, steps: [put(`${TXN}/journal.json`)] })],
    ['writes to .git', JSON.stringify({ journalVersion: 1, steps: [put('.git/hooks/pre-commit')] })],
    ['takes its bytes from elsewhere', JSON.stringify({ journalVersion: 1, steps: [put('a', '../../../../victim')] })],
    [
      'removes outside',
      JSON.stringify({ journalVersion: 1, steps: [{ op: 'remove', path: '../victim', before: sha256 }] }),
    ],
  ]

  it.each(journals)('and %s is refused', async (_name, journal) => {
    edit(root, 'victim', 'x')
    edit(root, `server/${TXN}/journal.json`, journal)
    edit(root, `server/${TXN}/0`, 'staged')
    const { code, hint } = await failure(() => recover(join(root, 'server')))
    expect(code).toBe('conflict')
    expect(hint).toContain(`Delete ${join(root, 'server', TXN)}`)
    rmSync(join(root, 'server', TXN), { recursive: true })
    await recover(join(root, 'server'))
    expect(tree(join(root, 'server'))).toEqual({})
    expect(existsSync(join(root, 'victim'))).toBe(true)
  })

  it('and stages a link is refused', async () => {
    edit(root, `server/${TXN}/journal.json`, JSON.stringify({ journalVersion: 1, steps: [put('a')] }))
    writeFileSync(join(root, 'victim'), 'x')
    symlinkSync(join(root, 'victim'), join(root, 'server', TXN, '0'))
    expect(await failure(() => recover(join(root, 'server')))).toMatchObject({ code: 'conflict' })
    expect(existsSync(join(root, 'server/a'))).toBe(false)
  })
})

describe('two commands at once on one target', () => {
  it('of one process: the second fails clearly, the first is whole', async () => {
    const target = join(root, 'server')
    const files = serverFiles('old', join(models, 'old.onnx'))
    const results = await Promise.allSettled([
      generate(target, files),
      generate(target, files),
      generate(target, files),
    ])
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(failed.length).toBeGreaterThan(0)
    for (const reason of failed) expect(reason).toBeInstanceOf(CreateError)
    await generate(target, files)
    expect(Object.keys(tree(target))).toHaveLength(files.length + 1)
  })

  it.each([0.4, 0.6, 0.8])(
    'of two processes: the second fails clearly while the first is alive (stopped at %f)',
    async (part) => {
      const target = copyOf('start')
      const at = Math.floor(calls * part)
      const first = startChild(bundle, ['generate', target, models], { DIE_AT: `${at}`, DIE_BY: 'SIGSTOP' })
      await until(() => isStopped(first.child))
      const during = tree(target)
      const files = serverFiles('new', join(models, 'new.onnx'))
      const { code, message, hint } = await failure(() => generate(target, files, { force: true }))
      expect({ code, message }).toEqual({
        code: 'runtime',
        message: `process ${first.child.pid} is writing to ${target}`,
      })
      expect(hint).toContain('Run the command again')
      expect(tree(target)).toEqual(during)

      first.child.kill('SIGCONT')
      expect(await first.ended).toMatchObject({ code: 0, stderr: '' })
      expect(tree(target)).toEqual(tree(join(root, 'whole')))
    },
    60_000,
  )

  it('started together many times: never a mixture, never litter', async () => {
    for (let round = 0; round < 6; round++) {
      const place = join(root, `round-${round}`)
      mkdirSync(place)
      const target = join(place, 'server')
      if (round % 2 === 1) await generate(target, serverFiles('old', join(models, 'old.onnx')))
      const commands = Array.from({ length: 3 }, () => startChild(bundle, ['generate', target, models], {}).ended)
      const ended = await Promise.all(commands)
      for (const { code, stderr } of ended)
        expect({ code, stderr }).toMatchObject(code === 0 ? { stderr: '' } : { code: 1 })
      expect(ended.some(({ code }) => code === 0)).toBe(true)
      await generate(target, serverFiles('new', join(models, 'new.onnx')))
      expect(readdirSync(place)).toEqual(['server'])
      expect(readdirSync(target)).not.toContain('txn')
    }
  }, 120_000)
})
