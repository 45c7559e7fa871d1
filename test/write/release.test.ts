import { createHash } from 'node:crypto'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ReleaseFiles, writeRelease } from '../../src/write/release.ts'
import { errorOf } from '../helpers/errors.ts'
import { makeFolder, readTree } from '../helpers/folder.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const bytes = (text: string) => Buffer.from(text)

function files(last: string, replaces: string | null, remove: readonly string[] = []): ReleaseFiles {
  const content = { kind: 'bytes', bytes: bytes('model') } as const
  return {
    files: [{ path: 'models/a', sha256: sha256('model'), content }],
    last: { path: 'manifest.json', bytes: bytes(last), replaces: replaces === null ? null : sha256(replaces) },
    remove,
  }
}

test('files come first, then the manifest, and what is to go goes last', async () => {
  const folder = makeFolder({ 'models/old': 'x', 'manifest.json': 'one' })
  await writeRelease(folder, files('two', 'one', ['models/old']))
  expect(readTree(folder)).toEqual({ 'manifest.json': 'two', 'models/a': 'model' })
})

test('a manifest that another program has replaced meanwhile is not overwritten', async () => {
  const folder = makeFolder({ 'manifest.json': 'theirs' })
  for (const replaces of ['ours', null]) {
    expect(await errorOf(() => writeRelease(folder, files('two', replaces)))).toContain('by another program meanwhile')
  }
  expect(readTree(folder)).toEqual({ 'manifest.json': 'theirs' })
})

test('a file that is there under its hash with other bytes is replaced; one with the right bytes is not touched', async () => {
  const folder = makeFolder({ 'models/a': 'mod' })
  await writeRelease(folder, files('one', null))
  expect(readFileSync(join(folder, 'models/a'), 'utf8')).toBe('model')
})

test('a source that does not have the bytes that were hashed is not released', async () => {
  const folder = makeFolder()
  const source = join(makeFolder({ model: 'changed' }), 'model')
  const { last, remove } = files('one', null)
  const content = { kind: 'copy', of: source } as const
  const wanted = { files: [{ path: 'models/a', sha256: sha256('model'), content }], last, remove }
  expect(await errorOf(() => writeRelease(folder, wanted))).toContain('changed while it was copied')
  expect(readTree(folder)).toEqual({})
})

test('nothing is written through a link', async () => {
  const outside = makeFolder()
  const folder = makeFolder()
  symlinkSync(outside, join(folder, 'models'))
  expect(await errorOf(() => writeRelease(folder, files('one', null)))).toContain('models is a symbolic link')
  expect(readTree(outside)).toEqual({})
})
