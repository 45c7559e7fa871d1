/** IEEE 754 half precision by its bits, for whole tensors. Node 20 has no Float16Array. */
export interface Halves {
  readonly bits: Uint16Array
  /** The largest distance of a value from its half. */
  readonly maxError: number
}

export const LARGEST_HALF = 65504
/** Below it halves are multiples of 2^-24, and lose bits. */
export const SMALLEST_NORMAL_HALF = 2 ** -14

/** From here on, rounding to nearest gives Infinity: 65520. */
const OVERFLOW_BITS = 0x477ff000
/** 2^-14. */
const NORMAL_BITS = 0x38800000
/** What the exponents of float32 (127) and half (15) differ by, in place. */
const REBIAS_BITS = (127 - 15) << 23
/** 0.5, whose float32 neighbours are 2^-24 apart, as halves below 2^-14 are. */
const HALF_BITS = 0x3f000000

/** Every value as the nearest half, ties to even. */
export function toHalves(values: Float32Array): Halves {
  const bits = new Uint16Array(values.length)
  const scratch = new Scratch()
  let maxError = 0
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0
    const half = scratch.round(value)
    bits[i] = half
    maxError = Math.max(maxError, Math.abs(value - scratch.widen(half)))
  }
  return { bits, maxError }
}

/** One float32 seen as bits and as a number. */
class Scratch {
  readonly #float = new Float32Array(1)
  readonly #bits = new Uint32Array(this.#float.buffer)

  round(value: number): number {
    const all = this.#bitsOf(value)
    const sign = (all >>> 16) & 0x8000
    const size = all & 0x7fffffff
    if (size > 0x7f800000) return 0x7e00
    if (size >= OVERFLOW_BITS) return sign | 0x7c00
    // The addition rounds to the same step, ties to even; the double in between is exact.
    if (size < NORMAL_BITS) return sign | (this.#bitsOf(Math.abs(value) + 0.5) - HALF_BITS)
    const rounded = size + 0xfff + ((size >>> 13) & 1)
    return sign | ((rounded - REBIAS_BITS) >>> 13)
  }

  /** The value of a finite half. */
  widen(half: number): number {
    const size = half & 0x7fff
    const sign = half & 0x8000 ? -1 : 1
    if (size < 0x400) return sign * size * 2 ** -24
    this.#bits[0] = (size << 13) + REBIAS_BITS
    return sign * (this.#float[0] ?? 0)
  }

  #bitsOf(value: number): number {
    this.#float[0] = value
    return this.#bits[0] ?? 0
  }
}
