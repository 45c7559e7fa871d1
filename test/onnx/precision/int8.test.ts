import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Channels, quantize, viewChannels } from '../../../src/onnx/precision/int8.ts'

/** Any tensor of three axes, its channels of very different sizes, some of them all zero. */
const tensors = fc
  .record({
    outer: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 4 }),
    inner: fc.integer({ min: 1, max: 5 }),
  })
  .chain((view) => {
    const value = fc.oneof(fc.float({ min: -1, max: 1, noNaN: true }), fc.constant(0))
    const sizes = fc.array(fc.constantFrom(0, 1e-42, 1e-38, 1e-6, 1, 1e6, 1e38), {
      minLength: view.channels,
      maxLength: view.channels,
    })
    const values = fc.array(value, { minLength: sizeOf(view), maxLength: sizeOf(view) })
    return fc.record({ view: fc.constant(view), sizes, values })
  })
  .map(({ view, sizes, values }) => {
    return { view, values: Float32Array.from(values, (value, i) => value * (sizes[channelOf(view, i)] ?? 0)) }
  })

const sizeOf = ({ outer, channels, inner }: Channels) => outer * channels * inner
const channelOf = ({ channels, inner }: Channels, i: number) => Math.floor(i / inner) % channels

/** As Cast and Mul compute it, in float32. */
function restore({ codes, scales }: { codes: Int8Array; scales: Float32Array }, view: Channels): Float32Array {
  return Float32Array.from(codes, (code, i) => code * (scales[channelOf(view, i)] ?? Number.NaN))
}

describe('codes of 8 bits', () => {
  test('are off by half a step of their channel at most', () => {
    fc.assert(
      fc.property(tensors, ({ view, values }) => {
        const quantized = quantize(values, view)
        const restored = restore(quantized, view)
        for (const [i, value] of values.entries()) {
          const step = quantized.scales[channelOf(view, i)] ?? 0
          // The product itself is rounded to float32: that much more.
          expect(Math.abs(value - (restored[i] ?? Number.NaN))).toBeLessThanOrEqual(step * (0.5 + 2 ** -16))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('of what they stand for are the same codes', () => {
    fc.assert(
      fc.property(tensors, ({ view, values }) => {
        const once = quantize(values, view)
        const twice = quantize(restore(once, view), view)
        expect(Buffer.compare(Buffer.from(twice.codes.buffer), Buffer.from(once.codes.buffer))).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  test('tell the largest error that there is', () => {
    fc.assert(
      fc.property(tensors, ({ view, values }) => {
        const quantized = quantize(values, view)
        const restored = restore(quantized, view)
        const errors = Array.from(values, (value, i) => Math.abs(value - (restored[i] ?? Number.NaN)))
        expect(quantized.maxError).toBe(Math.max(...errors))
      }),
    )
  })

  test('give the largest value of a channel 127, whatever the others hold', () => {
    const { codes } = quantize(Float32Array.of(1000, -500, 0.001, 0.0005), { outer: 1, channels: 2, inner: 2 })
    expect([...codes]).toEqual([127, -63, 127, 64])
  })

  test('of a channel of zeros are zeros, and so is what they stand for', () => {
    const view = { outer: 1, channels: 2, inner: 2 }
    const quantized = quantize(Float32Array.of(0, 0, 1, -1), view)
    expect([...restore(quantized, view)]).toEqual([0, 0, expect.closeTo(1, 6), expect.closeTo(-1, 6)])
    expect(quantized.scales.every((scale) => scale > 0)).toBe(true)
  })
})

test.each([
  [[6, 5, 4], 0, { outer: 1, channels: 6, inner: 20 }],
  [[6, 5, 4], 1, { outer: 6, channels: 5, inner: 4 }],
  [[6, 5, 4], 2, { outer: 30, channels: 4, inner: 1 }],
])('the shape %j has its channels along axis %i', (shape, axis, view) => {
  expect(viewChannels(shape, axis)).toEqual(view)
})
