import { describe, expect, it } from 'vitest'
import { checkPaths, pathFault } from '../../src/write/safe-path.ts'
import { failure } from './support.ts'

const REFUSED: readonly [string, string][] = [
  ['', 'empty'],
  ['..', 'leads out'],
  ['a/../../b', 'leads out'],
  ['/etc/passwd', 'absolute'],
  ['C:/Windows', 'absolute'],
  ['c:relative', 'absolute'],
  ['\\\\server\\share', 'backslash'],
  ['a\\..\\b', 'backslash'],
  ['a//b', 'empty or `.`'],
  ['./a', 'empty or `.`'],
  ['a/.', 'empty or `.`'],
  ['a/', 'empty or `.`'],
  ['a\0b', 'control'],
  ['a\nb', 'control'],
  ['a/\u202egpj.ts', 'invisible'],
  ['.g\u200cit/config', 'invisible'],
  ['a/\ud800', 'invisible'],
  ['.git/hooks/pre-commit', '.git/'],
  ['sub/.GIT/config', '.git/'],
  ['git~1/config', '.git/'],
  ['.create-inference-server/txn/journal.json', 'own'],
  ['.Create-Inference-Server', 'own'],
  ['CON', 'device'],
  ['src/nul.txt', 'device'],
  ['src/Aux/a.ts', 'device'],
  ['lpt1.tar.gz', 'device'],
  ['com¹', 'device'],
  ['a. ', 'ends in'],
  ['a./b', 'ends in'],
  ['a /b', 'ends in'],
  ['ab:c', 'refuses'],
  ['file.txt::$DATA', 'refuses'],
  ['what?', 'refuses'],
  ['a*', 'refuses'],
  ['a|b', 'refuses'],
  ['"a"', 'refuses'],
  ['<a>', 'refuses'],
  ['a'.repeat(256), 'longer'],
  [`${'é'.repeat(128)}`, 'longer'],
]

const ALLOWED = [
  'a',
  '.env',
  '.gitignore',
  '.github/workflows/ci.yaml',
  '.dockerignore',
  'src/console.ts',
  'src/com10.ts',
  'models/iris svc (1).onnx',
  'models/模型.onnx',
  'models/café.onnx',
  '..a/b..c/...d',
  'a'.repeat(255),
]

describe('a path', () => {
  it.each(REFUSED)('%j is refused: %s', async (path, why) => {
    expect(pathFault(path)).toContain(why)
    const { code, issues, hint } = await failure(() => checkPaths(['fine.ts', path]))
    expect({ code, issues: issues.length }).toEqual({ code: 'invalid', issues: 1 })
    expect(issues[0]?.file).toBe(JSON.stringify(path).slice(1, -1))
    expect(hint).toBeTruthy()
  })

  it.each(ALLOWED)('%j is allowed', (path) => {
    expect(pathFault(path)).toBeNull()
    expect(() => checkPaths([path])).not.toThrow()
  })
})

describe('a set of paths', () => {
  it.each([
    ['two files on one path', ['a/b', 'a/b'], 'two files have this path'],
    ['a difference in case only', ['src/App.ts', 'src/app.ts'], 'differs from src/App.ts only in case'],
    ['folders that differ in case only', ['Src/a.ts', 'src/b.ts'], 'differs from Src only in case'],
    ['a difference in Unicode composition only', ['caf\u00e9', 'cafe\u0301'], 'only in case or Unicode form'],
    ['a difference that folds away', ['stra\u00dfe', 'STRASSE'], 'only in case or Unicode form'],
    ['a file that is the folder of another', ['a', 'a/b'], 'a is both a file and a folder'],
    ['a folder that is another file', ['a/b', 'a'], 'a is both a file and a folder'],
  ])('with %s is refused', async (_name, paths, why) => {
    const { code, issues } = await failure(() => checkPaths(paths))
    expect(code).toBe('invalid')
    expect(issues.map(({ message }) => message).join()).toContain(why)
  })

  it('names all findings at once', async () => {
    const { issues } = await failure(() => checkPaths(['../a', '/b', 'c', 'con']))
    expect(issues.map(({ file }) => file)).toEqual(['../a', '/b', 'con'])
  })

  it('may share folders and the beginnings of names', () => {
    expect(() => checkPaths(['a/b', 'a/c', 'ab', 'a.ts', 'a/b.ts', 'a/bb/c'])).not.toThrow()
  })
})
