import { blankImage, type Image, type ImageSpec, type Size, type Window } from './image.ts'
import { PRECISION_BITS, type Weights, weightsFor } from './kernels.ts'
import { resizeNearest } from './nearest.ts'

/**
 * Pillow's `Image.resize`, bit for bit: one direction, then the other, rounded to bytes in between, and with antialias, which
 * means that a filter spans all the input pixels of an output pixel when an image shrinks.
 * With `window` only that part of the result is computed: the same pixels as cut out of the whole.
 */
export function resize(image: Image, size: Size, resample: ImageSpec['resample'], window = whole(size)): Image {
  const [height, width] = size
  const columns = { from: image.width, to: width, start: window.left, end: window.left + window.width }
  const rows = { from: image.height, to: height, start: window.top, end: window.top + window.height }
  if (resample === 'nearest') return resizeNearest(image, columns, rows)

  const horizontal = weightsFor(columns, resample)
  const vertical = weightsFor(rows, resample)
  const needed = neededRows(vertical)
  if (isVerticalFirst(image, size)) {
    const flat = flatten(cutRows(image, needed), vertical, needed.top)
    return squeeze(flat, horizontal, { top: 0, height: flat.height })
  }
  return flatten(squeeze(image, horizontal, needed), vertical, needed.top)
}

/**
 * The order decides about rounding in between. Pillow 13 goes vertically first when the height shrinks by more than twice as
 * much as the width does (python-pillow/Pillow#9549); older ones never do, and differ here and only here.
 */
function isVerticalFirst({ width, height }: Image, size: Size): boolean {
  const [shrunkRows, shrunkColumns] = [height - size[0], width - size[1]]
  return shrunkRows > 0 && shrunkRows > 2 * shrunkColumns
}

function whole([height, width]: Size): Window {
  return { top: 0, left: 0, height, width }
}

/** Rows of an image. */
interface Rows {
  readonly top: number
  readonly height: number
}

/** The input rows that any of the output rows looks at. */
function neededRows({ count, first, taps }: Weights): Rows {
  const top = first[0] ?? 0
  const bottom = (first[count - 1] ?? 0) + (taps[count - 1] ?? 0)
  return { top, height: bottom - top }
}

function cutRows({ width, channels, data }: Image, { top, height }: Rows): Image {
  const stride = width * channels
  return { width, height, channels, data: data.subarray(top * stride, (top + height) * stride) }
}

const HALF = 1 << (PRECISION_BITS - 1)

/** The horizontal pass, over some rows of the image. */
function squeeze(image: Image, weights: Weights, rows: Rows): Image {
  const result = blankImage({ width: weights.count, height: rows.height, channels: image.channels })
  const squeezeRow = image.channels === 3 ? squeezeColourRow : squeezeGrayRow
  for (let row = 0; row < rows.height; row += 1) {
    const source = (rows.top + row) * image.width * image.channels
    squeezeRow(image.data, source, weights, result.data, row * weights.count * image.channels)
  }
  return result
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

/** The vertical pass, of an image whose first row is the row `top` of the original. */
function flatten(image: Image, { count, first, taps, values, stride }: Weights, top: number): Image {
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
}

/** Along whole rows, as memory lies, instead of down each column. */
function addRow(sums: Int32Array, source: Uint8Array, start: number, weight: number): void {
  for (let at = 0; at < sums.length; at += 1) sums[at] = (sums[at] ?? 0) + (source[start + at] ?? 0) * weight
}

function toByte(sum: number): number {
  const value = sum >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}
