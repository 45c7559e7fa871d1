import type { ImageSpec } from './image.ts'

/** A filter of resampling, by the names that Pillow gives them; `nearest` is none. */
export type Kernel = Exclude<ImageSpec['resample'], 'nearest'>

/** The weights of the input pixels `first`, `first + 1`, ... for each output pixel, in units of 2^-22. */
export interface Weights {
  /** How many output pixels. */
  readonly count: number
  /** The first input pixel of each output pixel. */
  readonly first: Int32Array
  /** How many input pixels each has. */
  readonly taps: Int32Array
  /** `stride` weights for each output pixel, of which the first `taps` count. */
  readonly values: Int32Array
  readonly stride: number
}

/** One axis: `from` pixels become `to`, of which [start, end) are wanted. */
export interface Axis {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

/** 32 bits less 8 of a pixel less 2 of room for sums beyond white and below black: Pillow's PRECISION_BITS. */
export const PRECISION_BITS = 22

interface Filter {
  /** The filter is 0 at this distance and beyond, in output pixels when shrinking. */
  readonly support: number
  weigh(distance: number): number
}

const FILTERS: Readonly<Record<Kernel, Filter>> = {
  bilinear: { support: 1, weigh: triangle },
  bicubic: { support: 2, weigh: cubic },
  lanczos: { support: 3, weigh: lanczos },
}

/** More than the axes of a few cameras; a table is at most some hundred kilobytes. */
const MOST_TABLES = 32
const tables = new Map<string, Weights>()

/** The table of an axis: made once, kept while it is among the last used. */
export function weightsFor(axis: Axis, kernel: Kernel): Weights {
  const key = [kernel, axis.from, axis.to, axis.start, axis.end].join()
  const weights = tables.get(key) ?? computeWeights(axis, FILTERS[kernel])
  tables.delete(key)
  tables.set(key, weights)
  const [oldest] = tables.keys()
  if (tables.size > MOST_TABLES && oldest !== undefined) tables.delete(oldest)
  return weights
}

/** `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow (src/libImaging/Resample.c): the filter grows when shrinking. */
function computeWeights({ from, to, start, end }: Axis, filter: Filter): Weights {
  const scale = from / to
  const stretch = Math.max(scale, 1)
  const support = filter.support * stretch
  const count = end - start
  const stride = Math.ceil(support) * 2 + 1
  const [first, taps, values] = [new Int32Array(count), new Int32Array(count), new Int32Array(count * stride)]
  for (let index = 0; index < count; index += 1) {
    const center = (start + index + 0.5) * scale
    const low = Math.max(0, Math.trunc(center - support + 0.5))
    const high = Math.min(from, Math.trunc(center + support + 0.5))
    const raw = Array.from({ length: high - low }, (_, tap) => filter.weigh((tap + low - center + 0.5) * (1 / stretch)))
    const sum = raw.reduce((total, weight) => total + weight, 0)
    first[index] = low
    taps[index] = raw.length
    values.set(
      raw.map((weight) => toFixedPoint(sum === 0 ? weight : weight / sum)),
      index * stride,
    )
  }
  return { count, first, taps, values, stride }
}

function toFixedPoint(weight: number): number {
  const scaled = weight * 2 ** PRECISION_BITS
  return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
}

function triangle(distance: number): number {
  const x = Math.abs(distance)
  return x < 1 ? 1 - x : 0
}

/** Keys' cubic with a = -0.5. The order of the operations is Pillow's: another one rounds in other places. */
function cubic(distance: number): number {
  const a = -0.5
  const x = Math.abs(distance)
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
}

function lanczos(x: number): number {
  return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}
