import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { LOCK_FILE, printLock } from '../../src/lock.ts'
import { compareTarget, readLock, writeAll } from '../../src/write/write.ts'
import { actions, cleanUp, edit, failure, generate, lockOf, model, tempDir, text, tree } from './support.ts'

afterEach(cleanUp)

const OWN = '.create-inference-server'

const FILES = [
  text('src/app.ts', 'app\n'),
  text('src/model/preprocess.ts', 'pre\n', 'team'),
  text('package.json', '{}\n', 'shared'),
  text('run.sh', '#!/bin/sh\n', 'shared', 0o755),
]
const lockLine = (files: typeof FILES) => `644 ${hashIfLong(printLock(lockOf(files)))}`
const hashIfLong = (content: string) =>
  content.length > 200 ? createHash('sha256').update(content).digest('hex') : content

/** The tree of a target without its lock. */
function treeOf(target: string): Record<string, string> {
  const { [LOCK_FILE]: _lock, ...rest } = tree(target)
  return rest
}

/** Inode and times of every file: any write shows. */
function traces(target: string): Record<string, string> {
  const paths = ['.', ...Object.keys(tree(target)).flatMap((path) => [path, dirname(path)])]
  const trace = (path: string) => {
    const { ino, mtimeMs, ctimeMs } = statSync(join(target, path))
    return [ino, mtimeMs, ctimeMs].join()
  }
  return Object.fromEntries(paths.map((path) => [path, trace(path)]))
}

describe('a new target', () => {
  it('appears with all files, their modes and the lock', async () => {
    const target = join(tempDir(), 'deep/er/server')
    expect(actions(await generate(target, FILES))).toEqual({
      'package.json': 'create',
      'run.sh': 'create',
      'src/app.ts': 'create',
      'src/model/preprocess.ts': 'create',
    })
    expect(tree(target)).toEqual({
      [LOCK_FILE]: lockLine(FILES),
      'package.json': '644 {}\n',
      'run.sh': '755 #!/bin/sh\n',
      'src/app.ts': '644 app\n',
      'src/model/preprocess.ts': '644 pre\n',
    })
  })

  it('has the same modes whatever the umask is', async () => {
    const root = tempDir()
    const before = process.umask(0o077)
    try {
      await generate(join(root, 'new'), FILES)
      mkdirSync(join(root, 'there'))
      await generate(join(root, 'there'), FILES)
    } finally {
      process.umask(before)
    }
    expect(tree(join(root, 'there'))).toEqual(tree(join(root, 'new')))
    expect(treeOf(join(root, 'new'))['run.sh']).toMatch(/^755/)
    for (const folder of ['new', 'new/src', 'new/src/model', 'there/src/model']) {
      expect((statSync(join(root, folder)).mode & 0o777).toString(8)).toBe('755')
    }
  })

  it('may be an empty folder, which then stays the same folder', async () => {
    const target = tempDir()
    const { ino } = statSync(target)
    await generate(target, FILES)
    expect(Object.keys(tree(target))).toHaveLength(5)
    expect(statSync(target).ino).toBe(ino)
  })

  it('leaves files beside it alone, also those that look like ours', async () => {
    const root = tempDir()
    edit(root, '.server.create-inference-server-notes', 'mine')
    edit(root, '.server.create-inference-server-2x/a', 'mine')
    await generate(join(root, 'server'), FILES)
    expect(Object.keys(tree(root)).filter((path) => !path.startsWith('server/'))).toEqual([
      '.server.create-inference-server-2x/a',
      '.server.create-inference-server-notes',
    ])
  })

  it('that another program makes meanwhile is a conflict, and stays as that program made it', async () => {
    const root = tempDir()
    const target = join(root, 'server')
    const changes = await compareTarget(target, { files: FILES, lock: null, lockText: '{}' })
    edit(target, 'src/app.ts', 'theirs')
    const { code } = await failure(() => writeAll(target, changes))
    expect(code).toBe('conflict')
    expect(tree(root)).toEqual({ 'server/src/app.ts': '644 theirs' })
  })
})

describe('running again', () => {
  it('writes nothing at all when everything is identical', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    const before = traces(target)
    expect(new Set(Object.values(actions(await generate(target, FILES))))).toEqual(new Set(['identical']))
    expect(traces(target)).toEqual(before)
  })

  it('takes files whose line ends git changed for identical', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    for (const path of ['src/app.ts', LOCK_FILE]) {
      edit(target, path, readFileSync(join(target, path), 'utf8').replaceAll('\n', '\r\n'))
    }
    const before = traces(target)
    await generate(target, FILES)
    expect(traces(target)).toEqual(before)
  })

  it('updates, removes and creates, and leaves no folder that it emptied', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, [
      text('a/b/c/gone.ts', 'x'),
      text('a/kept/gone.ts', 'x'),
      text('same.ts', 'x'),
      text('changed.ts', 'old'),
    ])
    edit(target, 'a/kept/notes.txt', 'mine')
    edit(target, '.git/HEAD', 'ref')
    const changes = await generate(target, [text('same.ts', 'x'), text('changed.ts', 'new'), text('src/new.ts', 'x')])
    expect(actions(changes)).toEqual({
      'a/b/c/gone.ts': 'remove',
      'a/kept/gone.ts': 'remove',
      'changed.ts': 'update',
      'same.ts': 'identical',
      'src/new.ts': 'create',
    })
    expect(treeOf(target)).toEqual({
      '.git/HEAD': '644 ref',
      'a/kept/notes.txt': '644 mine',
      'changed.ts': '644 new',
      'same.ts': '644 x',
      'src/new.ts': '644 x',
    })
  })

  it('creates what is missing again, and only that', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    const whole = tree(target)
    rmSync(join(target, 'src'), { recursive: true })
    await generate(target, FILES)
    expect(tree(target)).toEqual(whole)
  })

  it("keeps the team's file, puts the new bytes aside once, and then is quiet", async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    edit(target, 'src/model/preprocess.ts', 'mine\n')
    const next = FILES.map((file) => (file.owner === 'team' ? text(file.path, 'newer\n', 'team') : file))
    await generate(target, next)
    expect(treeOf(target)).toMatchObject({
      'src/model/preprocess.ts': '644 mine\n',
      [`${OWN}/new/src/model/preprocess.ts`]: '644 newer\n',
      [`${OWN}/.gitignore`]: '644 *\n',
    })
    const before = traces(target)
    const again = await generate(target, next)
    expect(again.some(({ aside }) => aside)).toBe(false)
    expect(traces(target)).toEqual(before)
  })

  it('streams a model, also from the file that it replaces', async () => {
    const root = tempDir()
    const source = join(root, 'source.onnx')
    writeFileSync(source, Buffer.alloc((2 << 20) + 1, 'ab\0'))
    const target = join(root, 'server')
    await generate(target, [model('models/m.onnx', source)])
    expect(readFileSync(join(target, 'models/m.onnx')).equals(readFileSync(source))).toBe(true)

    const own = model('models/m.onnx', join(target, 'models/m.onnx'))
    const bytes = readFileSync(source)
    const twice = Buffer.concat([bytes.subarray(100), bytes.subarray(0, 100)])
    const path = join(target, 'models/m.onnx')
    const turned = {
      ...own,
      sha256: createHash('sha256').update(twice).digest('hex'),
      content: {
        kind: 'segments' as const,
        segments: [
          { kind: 'file' as const, path, start: 100, end: bytes.length },
          { kind: 'file' as const, path, start: 0, end: 100 },
        ],
      },
    }
    await generate(target, [turned])
    expect(readFileSync(path).equals(twice)).toBe(true)
  })

  it('refuses a model that changes while it is copied, and changes nothing', async () => {
    const root = tempDir()
    const source = join(root, 'source.onnx')
    writeFileSync(source, Buffer.alloc(5000, 'a\0'))
    const planned = model('models/m.onnx', source)
    for (const changed of [Buffer.alloc(5000, 'b\0'), Buffer.alloc(10, 'a\0')]) {
      writeFileSync(source, changed)
      for (const name of ['deep/er/new', 'there']) {
        const place = join(root, name)
        if (name === 'there') mkdirSync(place, { recursive: true })
        const { code, message } = await failure(() => generate(place, [text('a', 'a'), planned]))
        expect({ code, message }).toEqual({
          code: 'runtime',
          message: 'the source of models/m.onnx changed while it was copied',
        })
      }
      expect(tree(root)).toEqual({ 'source.onnx': expect.any(String), there: 'empty folder' })
    }
  })
})

describe('conflicts', () => {
  it('stop everything: no file is written', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    edit(target, 'src/app.ts', 'edited\n')
    const before = traces(target)
    const next = [text('src/app.ts', 'newer\n'), text('another.ts', 'x')]
    expect(await failure(() => generate(target, next))).toMatchObject({
      code: 'conflict',
      issues: [{ file: 'src/app.ts', message: 'was edited since it was generated' }],
    })
    expect(traces(target)).toEqual(before)
  })

  it('are replaced with force after a backup, and no older backup is lost', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    for (const [index, name] of ['backup', 'backup-2', 'backup-3'].entries()) {
      edit(target, 'src/app.ts', `edit ${index}\n`)
      await generate(target, FILES, { force: true })
      expect(treeOf(target)).toMatchObject({
        'src/app.ts': '644 app\n',
        [`${OWN}/${name}/src/app.ts`]: `644 edit ${index}\n`,
      })
    }
    expect(tree(target)).toMatchObject({
      [`${OWN}/backup/src/app.ts`]: '644 edit 0\n',
      [`${OWN}/.gitignore`]: '644 *\n',
    })
  })

  it('with force keep the mode of what they back up, and find a place for it in any case', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    edit(target, `${OWN}/backup/src`, 'a file where the backup needs a folder')
    edit(target, 'src/app.ts', 'edit\n')
    chmodSync(join(target, 'src/app.ts'), 0o500)
    await generate(target, FILES, { force: true })
    expect(tree(target)).toMatchObject({ [`${OWN}/backup-2/src/app.ts`]: '500 edit\n', 'src/app.ts': '644 app\n' })
  })

  it("with force never touch the team's files, in a folder that is not ours either", async () => {
    const target = tempDir()
    edit(target, 'src/model/preprocess.ts', 'mine\n')
    edit(target, 'package.json', 'mine\n')
    expect((await failure(() => generate(target, FILES))).issues).toHaveLength(2)
    await generate(target, FILES, { force: true })
    expect(treeOf(target)).toMatchObject({
      'src/model/preprocess.ts': '644 mine\n',
      [`${OWN}/new/src/model/preprocess.ts`]: '644 pre\n',
      'package.json': '644 {}\n',
      [`${OWN}/backup/package.json`]: '644 mine\n',
    })
  })

  it('with force remove an edited file that is gone, after a backup', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, [...FILES, text('old/gone.ts', 'x')])
    edit(target, 'old/gone.ts', 'edited')
    await generate(target, FILES, { force: true })
    expect(existsSync(join(target, 'old'))).toBe(false)
    expect(tree(target)).toMatchObject({ [`${OWN}/backup/old/gone.ts`]: '644 edited' })
  })

  it.each(['src/app.ts', 'b.ts'])('that come up after the comparison stop everything: %s', async (path) => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    const files = [...FILES.slice(1), text('src/app.ts', 'newer\n'), text('b.ts', 'b')]
    const lock = await readLock(target)
    const changes = await compareTarget(target, { files, lock, lockText: printLock(lockOf(files)) })
    const before = tree(target)
    edit(target, path, 'written meanwhile\n')
    const { code, issues } = await failure(() => writeAll(target, changes))
    expect({ code, paths: issues.map(({ file }) => file) }).toEqual({ code: 'conflict', paths: [path] })
    expect(tree(target)).toEqual({ ...before, [path]: '644 written meanwhile\n' })
  })
})

describe('what is in the way', () => {
  const outside = (root: string) => join(root, 'outside')

  it.each([
    ['a link as the file', 'src/app.ts', 'is a symbolic link'],
    ['a link on the way', 'src', 'is a symbolic link'],
    ['a link as the lock', LOCK_FILE, 'is a symbolic link'],
  ])('%s is refused by name', async (_name, path, why) => {
    const root = tempDir()
    const target = join(root, 'server')
    mkdirSync(join(target, dirname(path)), { recursive: true })
    edit(root, `outside/${basename(path)}`, 'not ours')
    symlinkSync(path === 'src' ? outside(root) : join(outside(root), basename(path)), join(target, path))
    const before = tree(root)
    const { code, issues, hint } = await failure(() => generate(target, FILES, { force: true }))
    expect({ code, message: issues[0]?.message }).toEqual({ code: 'conflict', message: `${path} ${why}` })
    expect(hint).toBeTruthy()
    expect(tree(root)).toEqual(before)
  })

  it('a link to nowhere is refused too', async () => {
    const target = tempDir()
    symlinkSync(join(target, 'nowhere'), join(target, 'package.json'))
    expect(await failure(() => generate(target, FILES, { force: true }))).toMatchObject({ code: 'conflict' })
    expect(tree(target)).toEqual({ 'package.json': expect.stringMatching(/^->/) })
  })

  it.each(['', '/new', '/backup', '/backup/src', '/txn'])('our own folder%s as a link is refused', async (below) => {
    const root = tempDir()
    const target = join(root, 'server')
    await generate(target, FILES)
    edit(target, 'src/app.ts', 'edited')
    edit(target, 'src/model/preprocess.ts', 'mine')
    mkdirSync(outside(root))
    mkdirSync(dirname(join(target, OWN + below)), { recursive: true })
    symlinkSync(outside(root), join(target, OWN + below))
    const before = tree(root)
    const next = FILES.map((file) => (file.owner === 'team' ? text(file.path, 'newer\n', 'team') : file))
    const { code } = await failure(() => generate(target, next, { force: true }))
    expect(code).toBe('conflict')
    expect(tree(outside(root))).toEqual({})
    const ignore = { [`server/${OWN}/.gitignore`]: '' } // may stay beside the link
    expect({ ...tree(root), ...ignore }).toEqual({ ...before, ...ignore })
  })

  it('a target that is a link or a file is refused', async () => {
    const root = tempDir()
    mkdirSync(outside(root))
    symlinkSync(outside(root), join(root, 'link'))
    edit(root, 'file', 'x')
    const messages = []
    for (const name of ['link', 'file']) messages.push((await failure(() => generate(join(root, name), FILES))).message)
    expect(messages).toEqual([`${join(root, 'link')} is a symbolic link`, `${join(root, 'file')} is not a folder`])
    expect(tree(outside(root))).toEqual({})
  })

  it('a folder where a file shall be, and a file where a folder shall be, are refused', async () => {
    const target = tempDir()
    mkdirSync(join(target, 'package.json'))
    edit(target, 'src', 'x')
    const { code, issues } = await failure(() => generate(target, FILES, { force: true }))
    expect({ code, issues }).toEqual({
      code: 'conflict',
      issues: [
        { file: 'src/app.ts', message: 'src is not a folder' },
        { file: 'src/model/preprocess.ts', message: 'src is not a folder' },
        { file: 'package.json', message: 'is there, but is not a file' },
      ],
    })
  })

  it('a lock that names paths outside removes nothing there', async () => {
    const root = tempDir()
    const target = join(root, 'server')
    await generate(target, FILES)
    edit(root, 'victim', 'x')
    edit(target, LOCK_FILE, printLock(lockOf([...FILES, text('../victim', 'x')])))
    const { code, issues } = await failure(() => generate(target, FILES, { force: true }))
    expect({ code, paths: issues.map(({ file }) => file) }).toEqual({ code: 'invalid', paths: ['../victim'] })
    expect(existsSync(join(root, 'victim'))).toBe(true)
  })
})

describe('readLock', () => {
  it('answers null where there is none, and refuses one that cannot be read', async () => {
    const target = tempDir()
    expect(await readLock(join(target, 'nowhere'))).toBeNull()
    expect(await readLock(target)).toBeNull()
    edit(target, LOCK_FILE, '{')
    expect(await failure(() => readLock(target))).toMatchObject({ code: 'invalid', issues: [{ file: LOCK_FILE }] })
  })

  it('reads what was written', async () => {
    const target = join(tempDir(), 'server')
    await generate(target, FILES)
    expect(await readLock(target)).toEqual(JSON.parse(printLock(lockOf(FILES))))
  })
})
