import { expect, test } from 'vitest'
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../src/conformance/float16.ts'

const ALL_BITS = Array.from({ length: 2 ** 16 }, (_, bits) => bits)

test.each([
  ['float16', fromFloat16, toFloat16, 0x7c00],
  ['bfloat16', fromBfloat16, toBfloat16, 0x7f80],
] as const)('every %s is a number that comes back as its bits', (_name, from, to, infinity) => {
  const wrong = ALL_BITS.filter((bits) =>
    (bits & 0x7fff) > infinity ? !Number.isNaN(from(to(from(bits)))) : to(from(bits)) !== bits,
  )
  expect(wrong).toEqual([])
})

test.each([
  [0.1, 0x2e66],
  [1 + 2 ** -11, 0x3c00], // halfway: to the even one
  [1 + 3 * 2 ** -11, 0x3c02],
  [65519, 0x7bff],
  [65520, 0x7c00],
  [-1e9, 0xfc00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -14 - 2 ** -26, 0x0400], // rounds up to the smallest that is not subnormal
])('%d is the float16 0x%s', (value, bits) => {
  expect(toFloat16(value)).toBe(bits)
})
