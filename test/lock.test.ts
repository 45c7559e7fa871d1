import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../src/config/config.ts'
import { ContentHasher, hashChunks, hashFile, type Lock, parseLock, printLock } from '../src/lock.ts'
import { OWNERS } from '../src/words.ts'
import { CONFIG, failure, lockOf, text } from './write/support.ts'

const LOCK = lockOf([text('src/b.ts', 'b', 'team'), text('src/a.ts', 'a'), text('Z', 'z', 'shared')])

const sha256 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const json = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)))
const locks: fc.Arbitrary<Lock> = fc.record({
  lockVersion: fc.constant(1 as const),
  generator: fc.string(),
  template: fc.record({ name: fc.string(), version: fc.string() }),
  config: fc
    .record({ name: fc.string({ unit: 'binary' }), data: json, options: fc.dictionary(fc.string(), json) })
    .map(({ name, data, options }) => ({ ...CONFIG, name, options, sample: { ...CONFIG.sample, data } })),
  mapping: json,
  files: fc.dictionary(fc.string(), fc.record({ sha256, owner: fc.constantFrom(...OWNERS), from: fc.string() })),
})

describe('a lock', () => {
  it('is byte-identical after it was parsed and printed', () => {
    fc.assert(
      fc.property(locks, (lock) => {
        const printed = printLock(lock)
        expect(printLock(parseLock(printed, 'lock'))).toBe(printed)
      }),
    )
  })

  it('keeps the order of keys in config, and so the bytes of what is rendered from it again', () => {
    const options = { zeta: 1, alpha: { y: 1, x: [{ b: 1, a: 2 }] } }
    const lock = parseLock(printLock({ ...LOCK, config: { ...CONFIG, options } }), 'lock')
    expect(JSON.stringify(lock.config.options)).toBe(JSON.stringify(options))
  })

  it('does not depend on the order in which files were made', () => {
    const files = Object.fromEntries(Object.entries(LOCK.files).reverse())
    expect(printLock({ ...LOCK, files })).toBe(printLock(LOCK))
    expect(Object.keys(parseLock(printLock(LOCK), 'lock').files)).toEqual(['Z', 'src/a.ts', 'src/b.ts'])
    expect(printLock(LOCK)).toMatch(/^\{\n {2}"lockVersion": 1,\n/)
    expect(printLock(LOCK)).toMatch(/[^\n]\n$/)
  })

  it('is read with CRLF line ends and a byte order mark', () => {
    expect(parseLock(`\uFEFF${printLock(LOCK).replaceAll('\n', '\r\n')}`, 'lock')).toEqual(
      parseLock(printLock(LOCK), 'lock'),
    )
  })

  const document = () => JSON.parse(printLock(LOCK))
  const broken: readonly [string, string][] = [
    ['text that is not JSON', '{"lockVersion": 1,'],
    ['an empty file', ''],
    ['a list', '[]'],
    ['merge conflict markers', printLock(LOCK).replace('  "generator"', '<<<<<<< ours\n  "generator"')],
    ['a newer version', JSON.stringify({ ...document(), lockVersion: 2 })],
    ['no version', JSON.stringify({ ...document(), lockVersion: undefined })],
    ['no template version', JSON.stringify({ ...document(), template: { name: 'x' } })],
    ['a config that is none', JSON.stringify({ ...document(), config: [] })],
    ['no mapping', JSON.stringify({ ...document(), mapping: undefined })],
    ['files that are a list', JSON.stringify({ ...document(), files: [] })],
    [
      'an unknown owner',
      JSON.stringify({ ...document(), files: { a: { sha256: '0'.repeat(64), owner: 'me', from: '' } } }),
    ],
    [
      'a hash that is none',
      JSON.stringify({ ...document(), files: { 'src/a.ts': { sha256: 'x', owner: 'team', from: '' } } }),
    ],
  ]

  it.each(broken)('with %s is refused with the file and what to do', async (_name, content) => {
    const { code, message, hint, issues } = await failure(() => parseLock(content, 'the.lock'))
    expect(code).toBe('invalid')
    expect(message).toContain('the.lock')
    expect(hint).toBeTruthy()
    expect(issues.length).toBeGreaterThan(0)
    expect(issues.every(({ file }) => file === 'the.lock')).toBe(true)
  })

  it('names the lines of merge conflict markers', async () => {
    const { issues } = await failure(() => parseLock('{\n<<<<<<< HEAD\n=======\n>>>>>>> main\n}', 'the.lock'))
    expect(issues.map(({ line }) => line)).toEqual([2, 3, 4])
  })

  it('names every broken entry by its path', async () => {
    const files = { 'src/a.ts': { owner: 'team', from: '' }, b: null }
    const { issues } = await failure(() => parseLock(JSON.stringify({ ...document(), files }), 'the.lock'))
    expect(issues.map(({ path }) => path)).toEqual(['files.src/a.ts.sha256', 'files.b'])
  })
})

describe('the hash of a file', () => {
  const plain = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')

  it.each([
    ['text', 'a\nb\n', 'a\nb\n'],
    ['CRLF as LF', 'a\r\nb\r\n', 'a\nb\n'],
    ['a CR alone as it is', 'a\rb\r', 'a\rb\r'],
    ['only the CR before a LF dropped', 'a\r\r\n\n', 'a\r\n\n'],
    ['nothing', '', ''],
    ['binary, which holds a NUL byte, as it is', 'a\r\nb\0', 'a\r\nb\0'],
  ])('takes %s', (_name, content, same) => {
    expect(hashFile(Buffer.from(content))).toBe(plain(same))
  })

  it('does not depend on how the bytes are cut into chunks', () => {
    const bytes = fc.array(fc.constantFrom(0x0d, 0x0a, 0x41), { maxLength: 30 }).map((list) => Buffer.from(list))
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(30)), fc.boolean(), (body, cuts, binary) => {
        const content = binary ? Buffer.concat([body, Buffer.of(0)]) : body
        const at = [0, ...cuts.sort((a, b) => a - b), content.length]
        const chunks = at.slice(1).map((end, index) => content.subarray(at[index], end))
        const text = binary ? content : content.toString('latin1').replaceAll('\r\n', '\n')
        expect(hashChunks(chunks)).toEqual({ plain: plain(content), text: plain(text) })
        expect(hashFile(content)).toBe(plain(text))
      }),
    )
  })

  it('of a stream is that of its bytes', () => {
    const hasher = new ContentHasher()
    hasher.update(Buffer.from('a\r'))
    hasher.update(Buffer.from('\nb'))
    expect(hasher.digest()).toEqual({ plain: plain('a\r\nb'), text: plain('a\nb') })
  })
})
