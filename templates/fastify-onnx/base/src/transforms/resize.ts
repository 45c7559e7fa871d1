import type { Image, ImageSpec, Size, Window } from './image.ts'
import { type Weights, weightsFor } from './kernels.ts'
import { resizeNearest } from './nearest.ts'
import { plainPasses, type Rows } from './plain-passes.ts'
import { openSimdPasses } from './simd-passes.ts'

const { squeeze, flatten } = openSimdPasses() ?? plainPasses

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
