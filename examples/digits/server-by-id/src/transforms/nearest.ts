import { blankImage, type Image } from './image.ts'
import type { Axis } from './kernels.ts'

/** The pixel that lies under the middle of each output pixel, as Pillow's `Image.resize` with NEAREST. */
export function resizeNearest(image: Image, columns: Axis, rows: Axis): Image {
  const [xs, ys] = [nearestPixels(columns), nearestPixels(rows)]
  const { channels, width, data } = image
  const result = blankImage({ width: xs.length, height: ys.length, channels })
  let out = 0
  for (const y of ys) {
    for (const x of xs) {
      const at = (y * width + x) * channels
      for (let channel = 0; channel < channels; channel += 1) result.data[out++] = data[at + channel] ?? 0
    }
  }
  return result
}

/** Adds the step up instead of multiplying: Pillow does, and the two differ in the last bit, so sometimes by a pixel. */
function nearestPixels({ from, to, start, end }: Axis): Int32Array {
  const pixels = new Int32Array(end - start)
  const step = from / to
  let position = step * 0.5
  for (let index = 0; index < end; index += 1) {
    if (index >= start) pixels[index - start] = Math.min(Math.trunc(position), from - 1)
    position += step
  }
  return pixels
}
