import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DTYPES } from '../../src/words.ts'
import { decodeInputs } from '../../templates/fastify-onnx/base/src/transforms/decode.ts'
import { CODECS, isDtype } from '../../templates/fastify-onnx/base/src/transforms/elements.ts'
import { encodeTensor } from '../../templates/fastify-onnx/base/src/transforms/encode.ts'
import { InvalidInput } from '../../templates/fastify-onnx/base/src/transforms/errors.ts'
import { fromFloat16, toFloat16 } from '../../templates/fastify-onnx/base/src/transforms/float16.ts'
import { concatRows, sliceRows } from '../../templates/fastify-onnx/base/src/transforms/rows.ts'
import type { Dim, Dtype, Tensor, TensorSpec } from '../../templates/fastify-onnx/base/src/transforms/types.ts'

/** JSON values that are exactly representable, so that a round trip gives them back. */
const VALUES: Record<Dtype, fc.Arbitrary<unknown>> = {
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  float16: fc
    .integer({ min: 0, max: 0xffff })
    .filter((bits) => (bits & 0x7c00) !== 0x7c00)
    .map(fromFloat16),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  int32: fc.integer(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(wide),
  uint8: fc.integer({ min: 0, max: 255 }),
  uint16: fc.integer({ min: 0, max: 65535 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(wide),
  bool: fc.boolean(),
  // onnxruntime-node would cut a string at U+0000, so it is refused.
  string: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
}

function wide(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

function nested(shape: readonly number[], element: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const [size, ...inner] = shape
  if (size === undefined) return element
  return fc.array(nested(inner, element), { minLength: size, maxLength: size })
}

const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 })

/** -0 is an integer's 0. */
function positiveZero(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(positiveZero)
  return Object.is(value, -0) ? 0 : value
}

function decode(data: unknown, dtype: Dtype, shape: readonly Dim[] | null): Tensor {
  const tensor = decodeInputs(data, [{ name: 'x', dtype, shape }]).x
  if (!tensor) throw new Error('no tensor')
  return tensor
}

function refusal(data: unknown, ...specs: TensorSpec[]): string {
  try {
    decodeInputs(data, specs)
  } catch (error) {
    if (error instanceof InvalidInput)
      return error.faults.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('\n')
    throw error
  }
  throw new Error('was not refused')
}

test('the server speaks the same dtypes as the command line', () => {
  expect(Object.keys(CODECS).sort()).toEqual([...DTYPES].sort())
  expect(isDtype('toString')).toBe(false)
})

describe.each(DTYPES)('nested arrays of %s', (dtype) => {
  const isFloat = dtype.startsWith('float')
  const same = isFloat ? (value: unknown) => value : positiveZero

  test('come back from a tensor of their shape as they went in', () => {
    const cases = shapes.chain((shape) => fc.tuple(fc.constant(shape), nested(shape, VALUES[dtype])))
    fc.assert(
      fc.property(cases, ([shape, data]) => {
        const tensor = decode(data, dtype, shape)
        expect(tensor.shape).toEqual(shape)
        expect(tensor.data).toHaveLength(shape.reduce((size, dim) => size * dim, 1))
        expect(encodeTensor(tensor)).toEqual(same(data))
      }),
    )
  })

  test('bind names of sizes, and give the same tensor when the model does not declare its rank', () => {
    const cases = fc
      .array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 })
      .chain((shape) => fc.tuple(fc.constant(shape), nested(shape, VALUES[dtype])))
    fc.assert(
      fc.property(cases, ([shape, data]) => {
        const names = shape.map((_, axis) => `size${axis}`)
        expect(decode(data, dtype, names)).toEqual(decode(data, dtype, shape))
        expect(decode(data, dtype, null)).toEqual(decode(data, dtype, shape))
      }),
    )
  })

  test('are refused with a pointer to the one element that does not belong there', () => {
    const strangers = [null, {}, [[1]], dtype === 'string' ? 1 : 'x', dtype === 'bool' ? 0 : true]
    const cases = fc
      .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
      .chain((shape) =>
        fc.tuple(
          nested(shape, VALUES[dtype]),
          fc.tuple(...shape.map((dim) => fc.integer({ min: 0, max: dim - 1 }))),
          fc.constantFrom(...strangers),
          fc.constant(shape),
        ),
      )
    fc.assert(
      fc.property(cases, ([data, path, stranger, shape]) => {
        expect(refusal(replaceAt(data, path, stranger), { name: 'x', dtype, shape })).toMatch(
          new RegExp(`^/data/${path.join('/')}: expected`),
        )
      }),
    )
  })

  test('can be taken apart into rows and put together again', () => {
    const cases = fc
      .tuple(fc.integer({ min: 2, max: 5 }), shapes)
      .chain(([rows, row]) => fc.tuple(fc.constant([rows, ...row]), nested([rows, ...row], VALUES[dtype])))
    fc.assert(
      fc.property(cases, ([shape, data]) => {
        const tensor = decode(data, dtype, shape)
        const [first = 0] = shape
        const parts = Array.from({ length: first - 1 }, (_, row) => sliceRows(tensor, row + 1, row + 2))
        expect(concatRows([sliceRows(tensor, 0, 1), ...parts])).toEqual(tensor)
      }),
    )
  })
})

function replaceAt(data: unknown, [index, ...path]: readonly number[], value: unknown): unknown {
  if (index === undefined || !Array.isArray(data)) return value
  return data.map((each, at) => (at === index ? replaceAt(each, path, value) : each))
}

describe('a tensor answers what JSON has no number for', () => {
  test.each([
    ['float32', Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -Infinity), ['NaN', 'Infinity', '-Infinity']],
    ['float64', Float64Array.of(-0, 1e-320, 5e-324), [-0, 1e-320, 5e-324]],
    ['float16', Uint16Array.of(0x7e00, 0x7c00, 0xfc00), ['NaN', 'Infinity', '-Infinity']],
    [
      'int64',
      BigInt64Array.of(2n ** 53n - 1n, 2n ** 53n, -(2n ** 63n)),
      [2 ** 53 - 1, '9007199254740992', '-9223372036854775808'],
    ],
    ['uint64', BigUint64Array.of(0n, 2n ** 64n - 1n), [0, '18446744073709551615']],
  ] as const)('%s as strings', (dtype, data, json) => {
    expect(encodeTensor({ dtype, shape: [data.length], data })).toEqual(json)
  })
})

describe('what is refused', () => {
  const batch = (dtype: Dtype): TensorSpec => ({ name: 'x', dtype, shape: ['batch', 2] })

  test.each([
    [
      'a number that float32 cannot hold',
      [[1, 1e300]],
      batch('float32'),
      '/data/0/1: 1e+300 is out of the range of float32',
    ],
    [
      'a number that JSON itself cannot hold',
      [[1, Infinity]],
      batch('float64'),
      '/data/0/1: Infinity is out of the range of float64',
    ],
    [
      'a number that float16 rounds to Infinity',
      [[65519, 65520]],
      batch('float16'),
      '/data/0/1: 65520 is out of the range of float16',
    ],
    ['a fraction as an integer', [[1, 1.5]], batch('int32'), '/data/0/1: 1.5 is not a whole number (int32)'],
    ['an integer out of range', [[1, 256]], batch('uint8'), '/data/0/1: 256 is out of the range of uint8 (0 to 255)'],
    [
      'an integer that JSON.parse has rounded',
      [[1, 2 ** 53]],
      batch('int64'),
      '/data/0/1: 9007199254740992 is beyond 2^53 - 1, where JSON numbers are not exact: send a string of its decimals',
    ],
    [
      'decimals beyond int64',
      [['9223372036854775808', 1]],
      batch('int64'),
      '/data/0/0: 9223372036854775808 is out of the range of int64 (-9223372036854775808 to 9223372036854775807)',
    ],
    [
      'a negative uint64',
      [[1, '-1']],
      batch('uint64'),
      '/data/0/1: -1 is out of the range of uint64 (0 to 18446744073709551615)',
    ],
    [
      'decimals with a point',
      [['1.0', 1]],
      batch('int64'),
      '/data/0/0: expected a whole number, or a string of its decimals (int64), got "1.0"',
    ],
    ['0 as bool', [[true, 0]], batch('bool'), '/data/0/1: expected true or false, got 0'],
    [
      'a row of another length',
      [
        [1, 2],
        [1, 2, 3],
      ],
      batch('float32'),
      '/data/1: expected 2 elements ("x" is [batch, 2], dimension 1), got 3',
    ],
    [
      'one row without its outer array',
      [1, 2],
      batch('float32'),
      '/data/0: expected an array ("x" is [batch, 2], dimension 1), got 1',
    ],
    [
      'arrays that are too deep',
      [[[1], [2]]],
      batch('float32'),
      '/data/0/0: expected a number (float32), got an array of 1',
    ],
    [
      'ragged arrays where sizes are free',
      [[1, 2], [3]],
      { name: 'x', dtype: 'float32', shape: ['a', 'b'] },
      '/data/1: expected 2 elements ("x" is [a, b], dimension 1), got 1',
    ],
    [
      'two sizes of one name',
      [[1, 2]],
      { name: 'x', dtype: 'float32', shape: ['n', 'n'] },
      '/data/0: expected 1 elements ("x" is [n, n], dimension 1), got 2',
    ],
    [
      'ragged arrays of an undeclared rank',
      [[1, 2], 3],
      { name: 'x', dtype: 'float32', shape: null },
      '/data/1: expected an array ("x" is of any rank, dimension 1), got 3',
    ],
  ] as const)('%s', (_, data, spec, message) => {
    expect(refusal(data, spec)).toBe(message)
  })

  test('arrays so deep that no tensor is meant', () => {
    const deep = JSON.parse(`${'['.repeat(5000)}1${']'.repeat(5000)}`)
    expect(refusal(deep, { name: 'x', dtype: 'float32', shape: null })).toBe('/data: nested deeper than 32 arrays')
  })

  test('a shape whose product is far more than what was sent, before memory is taken for it', () => {
    const data = [Array.from({ length: 60_000 }, () => 1), ...Array.from({ length: 60_000 }, () => [1])]
    expect(refusal(data, { name: 'x', dtype: 'float32', shape: ['a', 'b'] })).toMatch(
      /^\/data\/1: expected 60000 elements/,
    )
  })
})

describe('several inputs', () => {
  const a: TensorSpec = { name: 'a', dtype: 'float32', shape: ['batch', 2] }
  const b: TensorSpec = { name: 'b/c', dtype: 'int64', shape: ['batch'] }

  test('are an object by name', () => {
    const tensors = decodeInputs({ a: [[1, 2]], 'b/c': ['9223372036854775807'] }, [a, b])
    expect(tensors['b/c']?.data).toEqual(BigInt64Array.of(2n ** 63n - 1n))
  })

  test('share the sizes that have one name', () => {
    expect(refusal({ a: [[1, 2]], 'b/c': [1, 2] }, a, b)).toBe(
      '/data/b~1c: expected 1 elements ("b/c" is [batch], dimension 0), got 2',
    )
  })

  test('that are missing or unknown are told all at once', () => {
    expect(refusal({ a: [[1, 2]], constructor: 1, b: 1 }, a, b)).toMatchInlineSnapshot(`
      "/data/b~1c: this input of the model is missing
      /data/constructor: the model has no input of this name
      /data/b: the model has no input of this name"
    `)
    expect(refusal([[1, 2]], a, b)).toMatchInlineSnapshot(
      `"/data: expected an object with the entries "a", "b/c", got an array of 1"`,
    )
  })

  test('none at all are an empty object', () => {
    expect(decodeInputs({}, [])).toEqual({})
    expect(refusal([], ...[])).toMatchInlineSnapshot(`"/data: expected an object with no entries, got an array of 0"`)
  })
})

describe('float16', () => {
  test('all 65,536 bit patterns come back', () => {
    for (let bits = 0; bits <= 0xffff; bits += 1) {
      const value = fromFloat16(bits)
      if (Number.isNaN(value)) expect(toFloat16(value)).toBe(0x7e00)
      else if (toFloat16(value) !== bits) expect.fail(`${bits} came back as ${toFloat16(value)}`)
    }
  })

  test('rounds to the nearest, and to even halfway between two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }), (bits, part) => {
        const below = fromFloat16(bits)
        const above = fromFloat16(bits + 1)
        const value = below + (above - below) * part
        const rest = (value - below) / (above - below)
        const up = rest === 0.5 ? bits % 2 === 1 : rest > 0.5
        expect(toFloat16(value)).toBe(bits + (up ? 1 : 0))
        expect(toFloat16(-value)).toBe((bits + (up ? 1 : 0)) | 0x8000)
      }),
      {
        examples: [
          [0x3c00, 0.5],
          [0x3c01, 0.5],
          [0, 0.5],
          [0x03ff, 0.5],
          [0x7bfe, 0.5],
        ],
      },
    )
  })

  test('does not round twice: a value just above a half that float32 would round onto it', () => {
    expect(toFloat16(1 + 2 ** -11 + 2 ** -40)).toBe(0x3c01)
  })
})
