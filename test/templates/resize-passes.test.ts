import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Image } from '../../templates/fastify-onnx/base/src/transforms/image.ts'
import { type Axis, type Kernel, weightsFor } from '../../templates/fastify-onnx/base/src/transforms/kernels.ts'
import { plainPasses } from '../../templates/fastify-onnx/base/src/transforms/plain-passes.ts'
import { openSimdPasses } from '../../templates/fastify-onnx/base/src/transforms/simd-passes.ts'

const simd = openSimdPasses()

const kernels = fc.constantFrom<Kernel>('bilinear', 'bicubic', 'lanczos')
const images = fc
  .record({
    width: fc.integer({ min: 1, max: 90 }),
    height: fc.integer({ min: 1, max: 90 }),
    channels: fc.constantFrom<1 | 3>(1, 3),
  })
  .chain((size) =>
    fc
      .uint8Array({
        minLength: size.width * size.height * size.channels,
        maxLength: size.width * size.height * size.channels,
      })
      .map((data): Image => ({ ...size, data })),
  )

/** A part of the pixels that `from` pixels become. */
function axes(from: number): fc.Arbitrary<Axis> {
  return fc
    .tuple(fc.integer({ min: 1, max: 120 }), fc.nat(), fc.nat())
    .map(([to, a, b]) => [to, ...[a % to, b % to].toSorted((x, y) => x - y)] as const)
    .map(([to, start = 0, last = 0]) => ({ from, to, start, end: last + 1 }))
}

test('there is WebAssembly with SIMD on every Node that is supported', () => {
  expect(simd).not.toBeNull()
})

test('the horizontal pass gives the same bytes with SIMD as without', () => {
  const cases = images.chain((image) => fc.tuple(fc.constant(image), axes(image.width), axes(image.height), kernels))
  fc.assert(
    fc.property(cases, ([image, columns, rows, kernel]) => {
      const weights = weightsFor(columns, kernel)
      const part = { top: Math.min(rows.start, image.height - 1), height: 0 }
      part.height = Math.max(1, Math.min(image.height, rows.end) - part.top)
      expect(simd?.squeeze(image, weights, part)).toEqual(plainPasses.squeeze(image, weights, part))
    }),
    { numRuns: 1000 },
  )
})

test('the vertical pass gives the same bytes with SIMD as without', () => {
  const cases = images.chain((image) => fc.tuple(fc.constant(image), axes(image.height), kernels))
  fc.assert(
    fc.property(cases, ([image, rows, kernel]) => {
      const weights = weightsFor(rows, kernel)
      expect(simd?.flatten(image, weights, 0)).toEqual(plainPasses.flatten(image, weights, 0))
    }),
    { numRuns: 1000 },
  )
})

test.each([
  { what: 'many strips', width: 1500, height: 1100 },
  { what: 'rows that are larger than a strip', width: 100_000, height: 3 },
  { what: 'columns whose filter spans more than a strip', width: 300, height: 9000 },
])('$what give the same bytes', ({ width, height }) => {
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, index) => (Math.imul(index, 2654435761) >>> 13) & 255,
  )
  const image: Image = { width, height, channels: 3, data }
  const columns = weightsFor({ from: width, to: 224, start: 3, end: 220 }, 'lanczos')
  const rows = weightsFor({ from: height, to: 5, start: 0, end: 5 }, 'lanczos')
  const all = { top: 0, height }
  // toEqual takes half a minute for images of this size.
  const same = (a: Image | undefined, b: Image) => Buffer.compare(a?.data ?? Buffer.of(), b.data) === 0
  expect(same(simd?.squeeze(image, columns, all), plainPasses.squeeze(image, columns, all))).toBe(true)
  expect(same(simd?.flatten(image, rows, 0), plainPasses.flatten(image, rows, 0))).toBe(true)
})
