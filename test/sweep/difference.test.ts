import { describe, expect, test } from 'vitest'
import { EXACT, findDifference, ONNX_TOLERANCE } from '../../bench/sweep/difference.ts'
import { fitsJson, toNested } from '../../bench/sweep/tensor-file.ts'
import type { Json } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

// The sweep proves nothing if its own comparison is blind.

describe('a difference is seen', () => {
  test.each<[what: string, got: Json, expected: Json, difference: string]>([
    ['in a number', [[1, 2.01]], [[1, 2]], '/0/1: 2.01 instead of 2'],
    ['in a shape', [[1, 2]], [1, 2], ': 1 elements instead of 2 elements'],
    ['in an empty dimension', [[], []], [[]], ': 2 elements instead of 1 elements'],
    ['between a number and its string', ['1'], [1], '/0: "1" instead of 1'],
    ['between NaN and a number', [0], ['NaN'], '/0: 0 instead of "NaN"'],
    ['between true and 1', [1], [true], '/0: 1 instead of true'],
    ['in a name', { a: 1 }, { b: 1 }, ': {a} instead of {b}'],
    ['below a name', { a: [1] }, { a: [2] }, '/a/0: 1 instead of 2'],
    ['where nothing was answered', null, [1], ': null instead of 1 elements'],
  ])('%s', (_, got, expected, difference) => {
    expect(findDifference(got, expected, ONNX_TOLERANCE)).toBe(difference)
  })
})

test('numbers within the tolerance agree, and exactly they do not', () => {
  expect(findDifference([1000.5], [1000], ONNX_TOLERANCE)).toBeNull()
  expect(findDifference([1000.5], [1000], EXACT)).toBe('/0: 1000.5 instead of 1000')
  expect(findDifference(['NaN', '9007199254740993'], ['NaN', '9007199254740993'], EXACT)).toBeNull()
})

test('tensors become nested arrays: half precision by its bits, wide integers as decimals', () => {
  const halves = Uint16Array.from([0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x7e00])
  const numbers = [1, -2, 2 ** -24, 65504, 'Infinity', 'NaN']
  expect(toNested({ dtype: 'float16', shape: [2, 3], data: halves })).toEqual([numbers.slice(0, 3), numbers.slice(3)])
  const wide = BigInt64Array.from([5n, 2n ** 53n])
  expect(toNested({ dtype: 'int64', shape: [2], data: wide })).toEqual([5, '9007199254740992'])
  expect(toNested({ dtype: 'bool', shape: [], data: Uint8Array.of(1) })).toBe(true)
  expect(toNested({ dtype: 'string', shape: [0, 2], data: [] })).toEqual([])
})

test('what JSON has no number for is told beforehand', () => {
  expect(fitsJson({ dtype: 'float32', shape: [1], data: Float32Array.of(1) })).toBe(true)
  expect(fitsJson({ dtype: 'float32', shape: [1], data: Float32Array.of(Number.NaN) })).toBe(false)
  expect(fitsJson({ dtype: 'float16', shape: [1], data: Uint16Array.of(0xfc00) })).toBe(false)
  expect(fitsJson({ dtype: 'int64', shape: [1], data: BigInt64Array.of(2n ** 60n) })).toBe(true)
})
