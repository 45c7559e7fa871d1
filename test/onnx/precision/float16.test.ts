import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHalves } from '../../../src/onnx/precision/float16.ts'
import { fromFloat16, toFloat16 } from '../../../templates/fastify-onnx/base/src/transforms/float16.ts'

const float = (value: number) => Float32Array.of(value)

/** Neighbours in float32, where rounding decides. */
function around(value: number): number[] {
  const bits = new Uint32Array(float(value).buffer)[0] ?? 0
  return [-1, 0, 1].map((step) => new Float32Array(Uint32Array.of(bits + step).buffer)[0] ?? 0)
}

test('every float32 becomes the half that the server rounds it to: to nearest, ties to even', () => {
  const drawn = fc.float({ noDefaultInfinity: true })
  fc.assert(
    fc.property(drawn, (value) => {
      expect(toHalves(float(value)).bits[0]).toBe(toFloat16(value))
    }),
    { numRuns: 2000 },
  )
})

test('every half, and every float32 beside one or beside the middle of two, is rounded as the server rounds it', () => {
  const halves = Array.from({ length: 0x7c00 }, (_, bits) => fromFloat16(bits))
  const values = halves.flatMap((value, bits) => [
    ...around(value),
    ...around((value + fromFloat16(Math.min(bits + 1, 0x7bff))) / 2),
  ])
  const { bits } = toHalves(Float32Array.from([...values, ...values.map((value) => -value)]))
  const expected = Uint16Array.from([...values, ...values.map((value) => -value)], toFloat16)
  expect(Buffer.compare(Buffer.from(bits.buffer), Buffer.from(expected.buffer))).toBe(0)
})

test('the error that is told is the largest there is', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -60000, max: 60000, noNaN: true })), (values) => {
      const errors = values.map((value) => Math.abs(value - fromFloat16(toFloat16(value))))
      expect(toHalves(Float32Array.from(values)).maxError).toBe(Math.max(0, ...errors))
    }),
  )
})
