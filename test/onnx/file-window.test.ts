import { closeSync, openSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FileWindow } from '../../src/onnx/file-window.ts'
import { writeBytes } from './support.ts'

test('a window over a large file gives its bytes in any order', async () => {
  const size = 300_000
  const source = Buffer.from(Uint32Array.from({ length: size / 4 }, (_, index) => index * 2654435761).buffer)
  const fd = openSync(await writeBytes(source), 'r')
  const window = new FileWindow(fd, size)
  fc.assert(
    fc.property(fc.nat(size - 1), fc.nat(100_000), (start, length) => {
      const end = Math.min(size, start + length)
      const copy = Buffer.alloc(end - start)
      window.copy(start, end, copy, 0)
      expect(copy.equals(source.subarray(start, end))).toBe(true)
      expect(window.byte(start)).toBe(source[start])
    }),
  )
  closeSync(fd)
})

test('a window says when the file is shorter than promised', async () => {
  const fd = openSync(await writeBytes(Buffer.alloc(10)), 'r')
  expect(() => new FileWindow(fd, 20).byte(15)).toThrow('became shorter')
  closeSync(fd)
})
