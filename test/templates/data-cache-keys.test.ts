import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hashCode } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/code-hash.ts'
import { type KeyParts, Keys } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/keys.ts'
import { matches } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/tier.ts'
import { makeFolder, writeFiles } from '../helpers/folder.ts'

const parts: KeyParts = {
  level: 'preprocessed',
  inputs: [{ name: 'image', dtype: 'float32', shape: ['batch', 3, 224, 224] }],
  spec: { kind: 'image', mean: [0.5] },
  codeHash: 'c0de',
  decoder: 'vips 8.18',
  encoderHash: '',
}
const keyOf = (change: Partial<KeyParts>, source = 'photos') => new Keys(source, { ...parts, ...change }).of('0000')

describe('two servers share what is kept under an id', () => {
  test('when nothing but the names of inputs and of sizes differs', () => {
    const other = [{ name: 'x', dtype: 'float32', shape: ['n', 3, 224, 224] }] as const
    expect(keyOf({ inputs: other })).toBe(keyOf({}))
  })
})

describe('two servers never meet', () => {
  test.each<[string, Partial<KeyParts>]>([
    ['another dtype', { inputs: [{ name: 'image', dtype: 'float16', shape: ['batch', 3, 224, 224] }] }],
    ['another size', { inputs: [{ name: 'image', dtype: 'float32', shape: ['batch', 3, 192, 192] }] }],
    ['a size that is fixed', { inputs: [{ name: 'image', dtype: 'float32', shape: [1, 3, 224, 224] }] }],
    ['another spec', { spec: { kind: 'image', mean: [0.4] } }],
    ['other code', { codeHash: 'c0df' }],
    ['another decoder', { decoder: 'vips 8.19' }],
    ['another level', { level: 'input' }],
    ['another encoder', { encoderHash: 'e' }],
  ])('with %s', (_, change) => {
    expect(keyOf(change)).not.toBe(keyOf({}))
  })

  test('with another name of the source, whatever it is made of', () => {
    const names = ['photos', 'photos:x', 'photos*', 'photos%3Ax', 'Photos', '']
    expect(new Set(names.map((name) => keyOf({}, name))).size).toBe(names.length)
  })
})

test('the bytes of the source are the same whatever becomes of them', () => {
  expect(keyOf({ level: 'input', codeHash: 'other' })).toBe(keyOf({ level: 'input' }))
})

test('an id is matched in all versions, and what is stale is what this version does not use', () => {
  const now = new Keys('photos', parts)
  const before = new Keys('photos', { ...parts, codeHash: 'old' })
  const elsewhere = new Keys('photos2', parts)
  const all = [now.of('a'), now.of('ba'), before.of('a'), elsewhere.of('a')]
  const matched = (match: Parameters<typeof matches>[0]) => all.filter((key) => matches(match, key))
  expect(matched(now.matchId('a'))).toEqual([now.of('a'), before.of('a')])
  expect(matched(now.matchStale())).toEqual([before.of('a')])
  expect(matched(now.matchAll())).toEqual([now.of('a'), now.of('ba'), before.of('a')])
})

describe('the hash of the code', () => {
  const files = {
    'model/preprocess.ts': "import { contract } from '../contract.ts'\nexport { half } from '../transforms/half.ts'\n",
    'transforms/half.ts': "import { two } from './two.ts'\nexport const half = 1 / two\n",
    'transforms/two.ts': "import '../contract.ts'\nimport { join } from 'node:path'\nexport const two = 2\n",
    'contract.ts': "export const contract = 'iris'\n",
    'other.ts': 'export const other = 1\n',
  }
  function hash(change: Record<string, string> = {}): string {
    const folder = makeFolder()
    writeFiles(folder, { ...files, ...change })
    const url = (path: string) => pathToFileURL(join(folder, path))
    return hashCode(url('model/preprocess.ts'), [url('contract.ts')])
  }

  test('is the same wherever the code lies', () => {
    expect(hash()).toBe(hash())
  })

  test('is another when something that is imported changes, at any depth', () => {
    expect(hash({ 'transforms/two.ts': 'export const two = 3\n' })).not.toBe(hash())
    expect(hash({ 'model/preprocess.ts': 'export const half = 0.5\n' })).not.toBe(hash())
  })

  test('is the same when something else changes, such as what the model answers', () => {
    expect(hash({ 'contract.ts': "export const contract = 'digits'\n", 'other.ts': '' })).toBe(hash())
  })
})
