import { blankImage, type Image } from './image.ts'
import { PRECISION_BITS, type Weights } from './kernels.ts'

/** Rows of an image. */
export interface Rows {
  readonly top: number
  readonly height: number
}

/** The two directions of a resize. Sums are fixed-point and rounded to bytes: each implementation gives the same bits. */
export interface Passes {
  /** The horizontal pass, over some rows of the image. */
  squeeze(image: Image, weights: Weights, rows: Rows): Image
  /** The vertical pass, of an image whose first row is the row `top` of the original. */
  flatten(image: Image, weights: Weights, top: number): Image
}

const HALF = 1 << (PRECISION_BITS - 1)

/** In plain TypeScript: says what is computed, and does it where there is no WebAssembly with SIMD. */
export const plainPasses: Passes = {
  squeeze(image, weights, rows) {
    const result = blankImage({ width: weights.count, height: rows.height, channels: image.channels })
    const squeezeRow = image.channels === 3 ? squeezeColourRow : squeezeGrayRow
    for (let row = 0; row < rows.height; row += 1) {
      const source = (rows.top + row) * image.width * image.channels
      squeezeRow(image.data, source, weights, result.data, row * weights.count * image.channels)
    }
    return result
  },
  flatten(image, { count, first, taps, values, stride }, top) {
    const result = blankImage({ ...image, height: count })
    const bytes = image.width * image.channels
    const sums = new Int32Array(bytes)
    for (let row = 0; row < count; row += 1) {
      sums.fill(HALF)
      const tapCount = taps[row] ?? 0
      for (let tap = 0; tap < tapCount; tap += 1) {
        const weight = values[row * stride + tap] ?? 0
        addRow(sums, image.data, ((first[row] ?? 0) + tap - top) * bytes, weight)
      }
      const out = row * bytes
      for (let at = 0; at < bytes; at += 1) result.data[out + at] = toByte(sums[at] ?? 0)
    }
    return result
  },
}

function squeezeColourRow(source: Uint8Array, from: number, weights: Weights, target: Uint8Array, to: number): void {
  const { count, first, taps, values, stride } = weights
  for (let pixel = 0, out = to; pixel < count; pixel += 1, out += 3) {
    const start = pixel * stride
    const end = start + (taps[pixel] ?? 0)
    let red = HALF
    let green = HALF
    let blue = HALF
    for (let tap = start, at = from + (first[pixel] ?? 0) * 3; tap < end; tap += 1, at += 3) {
      const weight = values[tap] ?? 0
      red = (red + Math.imul(source[at] ?? 0, weight)) | 0
      green = (green + Math.imul(source[at + 1] ?? 0, weight)) | 0
      blue = (blue + Math.imul(source[at + 2] ?? 0, weight)) | 0
    }
    target[out] = toByte(red)
    target[out + 1] = toByte(green)
    target[out + 2] = toByte(blue)
  }
}

function squeezeGrayRow(source: Uint8Array, from: number, weights: Weights, target: Uint8Array, to: number): void {
  const { count, first, taps, values, stride } = weights
  for (let pixel = 0; pixel < count; pixel += 1) {
    const start = pixel * stride
    const end = start + (taps[pixel] ?? 0)
    let sum = HALF
    for (let tap = start, at = from + (first[pixel] ?? 0); tap < end; tap += 1, at += 1) {
      sum = (sum + Math.imul(source[at] ?? 0, values[tap] ?? 0)) | 0
    }
    target[to + pixel] = toByte(sum)
  }
}

/** Along whole rows, as memory lies, instead of down each column. */
function addRow(sums: Int32Array, source: Uint8Array, start: number, weight: number): void {
  for (let at = 0; at < sums.length; at += 1) sums[at] = (sums[at] ?? 0) + (source[start + at] ?? 0) * weight
}

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}
