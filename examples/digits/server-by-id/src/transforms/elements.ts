import { fromFloat16, toFloat16 } from './float16.ts'
import type { DataOf, Dtype, Json, Tensor, TensorOf } from './types.ts'

/** One JSON value cannot be an element of the tensor: why, and its flat index. */
export class Refusal extends Error {
  index = 0
}

const LONE_SURROGATE = /\p{Surrogate}/u

/** Calls `put` with every element in row-major order. */
export type EachElement = (put: (json: unknown) => void) => void

interface Codec<D extends Dtype> {
  allocate(size: number): DataOf[D]
  /** Throws Refusal. */
  decode(shape: readonly number[], eachElement: EachElement): TensorOf<D>
}

/** From JSON: numbers in range, whole where they must be, and never converted from another type. */
export const CODECS: { readonly [D in Dtype]: Codec<D> } = {
  float32: codec('float32', (size) => new Float32Array(size), float('float32', Math.fround)),
  float64: codec('float64', (size) => new Float64Array(size), float('float64', Number)),
  float16: codec('float16', (size) => new Uint16Array(size), half),
  int8: codec('int8', (size) => new Int8Array(size), integer('int8', -128, 127)),
  int16: codec('int16', (size) => new Int16Array(size), integer('int16', -32768, 32767)),
  int32: codec('int32', (size) => new Int32Array(size), integer('int32', -(2 ** 31), 2 ** 31 - 1)),
  int64: codec('int64', (size) => new BigInt64Array(size), wideInteger('int64', -(2n ** 63n), 2n ** 63n - 1n)),
  uint8: codec('uint8', (size) => new Uint8Array(size), integer('uint8', 0, 255)),
  uint16: codec('uint16', (size) => new Uint16Array(size), integer('uint16', 0, 65535)),
  uint32: codec('uint32', (size) => new Uint32Array(size), integer('uint32', 0, 2 ** 32 - 1)),
  uint64: codec('uint64', (size) => new BigUint64Array(size), wideInteger('uint64', 0n, 2n ** 64n - 1n)),
  bool: codec('bool', (size) => new Uint8Array(size), bool),
  string: codec('string', (size) => new Array<string>(size).fill(''), string),
}

function codec<D extends Dtype>(
  dtype: D,
  allocate: (size: number) => DataOf[D],
  parse: (json: unknown) => DataOf[D][number],
): Codec<D> {
  return {
    allocate,
    decode(shape, eachElement) {
      const data = allocate(sizeOf(shape))
      let index = 0
      try {
        eachElement((json) => {
          data[index] = parse(json)
          index += 1
        })
      } catch (error) {
        if (error instanceof Refusal) error.index = index
        throw error
      }
      return { dtype, shape, data }
    },
  }
}

/**
 * To JSON, by flat index. What JSON has no number for becomes a string: "NaN", "Infinity", "-Infinity",
 * and 64-bit integers beyond 2^53 - 1 as decimals.
 */
export function elementReader(tensor: Tensor): (index: number) => Json {
  const { dtype, data } = tensor
  if (dtype === 'string') return (index) => String(data[index])
  if (dtype === 'bool') return (index) => data[index] === 1
  if (dtype === 'int64' || dtype === 'uint64') return (index) => wholeToJson(BigInt(data[index] ?? 0))
  const read = numberReader(tensor)
  return (index) => {
    const value = read(index)
    return Number.isFinite(value) ? value : String(value)
  }
}

/** Elements as JavaScript numbers, by flat index: float16 from its bits, 64-bit integers rounded, bool as 0 or 1. */
export function numberReader({ dtype, data }: Tensor): (index: number) => number {
  if (dtype === 'string') throw new TypeError('a tensor of strings holds no numbers')
  if (dtype === 'float16') return (index) => fromFloat16(Number(data[index]))
  return (index) => Number(data[index])
}

/** All elements as JavaScript numbers, row-major. */
export function numbersOf(tensor: Tensor): Float64Array {
  const read = numberReader(tensor)
  return Float64Array.from({ length: tensor.data.length }, (_, index) => read(index))
}

export function hasDtype<D extends Dtype>(tensor: Tensor, dtype: D): tensor is TensorOf<D> {
  return tensor.dtype === dtype
}

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(CODECS, name)
}

/** How many elements a tensor of this shape has: 1 for a scalar, 0 when a dimension is 0. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1)
}

function number(json: unknown, dtype: Dtype): number {
  if (typeof json !== 'number') throw new Refusal(`expected a number (${dtype}), got ${describe(json)}`)
  return json
}

function float(dtype: Dtype, round: (value: number) => number): (json: unknown) => number {
  return (json) => {
    const value = number(json, dtype)
    // JSON itself can overflow: 1e999 is parsed as Infinity.
    if (!Number.isFinite(round(value))) throw new Refusal(`${value} is out of the range of ${dtype}`)
    return value
  }
}

function half(json: unknown): number {
  const bits = toFloat16(number(json, 'float16'))
  if (!Number.isFinite(fromFloat16(bits))) throw new Refusal(`${json} is out of the range of float16`)
  return bits
}

function integer(dtype: Dtype, min: number, max: number): (json: unknown) => number {
  return (json) => {
    const value = number(json, dtype)
    if (!Number.isInteger(value)) throw new Refusal(`${value} is not a whole number (${dtype})`)
    if (value < min || value > max) throw new Refusal(`${value} is out of the range of ${dtype} (${min} to ${max})`)
    return value
  }
}

function wideInteger(dtype: Dtype, min: bigint, max: bigint): (json: unknown) => bigint {
  return (json) => {
    const value = BigInt(wholeNumber(json, dtype))
    if (value < min || value > max) throw new Refusal(`${json} is out of the range of ${dtype} (${min} to ${max})`)
    return value
  }
}

/** JSON.parse has already rounded a number beyond 2^53 - 1: only a string of its decimals is exact. */
function wholeNumber(json: unknown, dtype: Dtype): number | string {
  if (typeof json === 'string' && /^-?\d{1,20}$/.test(json)) return json
  if (typeof json !== 'number') {
    throw new Refusal(`expected a whole number, or a string of its decimals (${dtype}), got ${describe(json)}`)
  }
  if (!Number.isInteger(json)) throw new Refusal(`${json} is not a whole number (${dtype})`)
  if (!Number.isSafeInteger(json)) {
    throw new Refusal(`${json} is beyond 2^53 - 1, where JSON numbers are not exact: send a string of its decimals`)
  }
  return json
}

function wholeToJson(value: bigint): number | string {
  const rounded = Number(value)
  return Number.isSafeInteger(rounded) ? rounded : String(value)
}

function bool(json: unknown): number {
  if (typeof json !== 'boolean') throw new Refusal(`expected true or false, got ${describe(json)}`)
  return json ? 1 : 0
}

function string(json: unknown): string {
  if (typeof json !== 'string') throw new Refusal(`expected a string, got ${describe(json)}`)
  // onnxruntime-node cuts strings there, and has no lone surrogates: the model would be asked about another string.
  if (json.includes('\0')) throw new Refusal(`the character U+0000 cannot be sent to the model: ${describe(json)}`)
  if (LONE_SURROGATE.test(json)) throw new Refusal(`half of a surrogate pair is no text: ${describe(json)}`)
  return json
}

/** A JSON value in a message: short, whatever was sent. */
export function describe(json: unknown): string {
  if (json === null) return 'null'
  if (Array.isArray(json)) return `an array of ${json.length}`
  if (typeof json === 'object') return 'an object'
  if (json === undefined) return 'nothing'
  const text = JSON.stringify(json)
  return text.length > 40 ? `${text.slice(0, 40)}...` : text
}
