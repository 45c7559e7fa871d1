import { createHash } from 'node:crypto'
import { truncate } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Edit, hashSegments, readSegments, spliceFile } from '../../src/onnx/segments.ts'
import { readAll, writeBytes } from './support.ts'

test('a spliced file is the file with the edits in it, whatever their order', async () => {
  const source = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const path = await writeBytes(source)
  const cuts = fc.uniqueArray(fc.nat(256), { minLength: 2, maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(cuts, fc.uint8Array({ maxLength: 5 }), async (positions, bytes) => {
      positions.sort((a, b) => a - b)
      const edits: Edit[] = []
      const expected: Uint8Array[] = []
      let position = 0
      for (let index = 0; index + 1 < positions.length; index += 2) {
        const [start = 0, end = 0] = positions.slice(index)
        edits.unshift({ start, end, bytes })
        expected.push(source.subarray(position, start), bytes)
        position = end
      }
      expected.push(source.subarray(position))
      const content = spliceFile(path, source.length, edits)
      expect(await readAll(content)).toEqual(Buffer.concat(expected))
      expect(content.every((segment) => segment.kind === 'file' || segment.bytes.length > 0)).toBe(true)
    }),
  )
})

test('large content comes in chunks of at most 1 MiB, and the hash is that of all of it', async () => {
  const source = Buffer.alloc(2_500_000, 'model')
  const path = await writeBytes(source)
  const content = [
    { kind: 'file' as const, path, start: 7, end: source.length },
    { kind: 'bytes' as const, bytes: source },
  ]
  const sizes: number[] = []
  for await (const chunk of readSegments(content)) sizes.push(chunk.length)
  expect(Math.max(...sizes)).toBe(1024 * 1024)
  const expected = createHash('sha256').update(source.subarray(7)).update(source).digest('hex')
  expect(await hashSegments(content)).toEqual({ sha256: expected, bytes: 2 * source.length - 7 })
})

test('a file that became shorter than its segment is an error, not a short model', async () => {
  const path = await writeBytes(Buffer.alloc(100))
  await truncate(path, 50)
  await expect(hashSegments([{ kind: 'file', path, start: 0, end: 100 }])).rejects.toThrow('became shorter')
})
