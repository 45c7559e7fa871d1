import { toFloat16 } from './float16.ts'
import type { Image, ImageSpec } from './image.ts'
import type { Tensor, TensorOf } from './types.ts'

/** What a model may take pixels as. */
export type PixelDtype = 'float32' | 'float16' | 'uint8'

type Numbers = TensorOf<'float32'> | TensorOf<'float16'> | TensorOf<'uint8'>
type Elements = Numbers['data']

/**
 * Images of one size as one tensor, a row for each: (pixel/255 - mean)/std in float32 arithmetic and in that order, as NumPy
 * and torchvision do; float16 is that, rounded. uint8 takes the bytes as they are.
 */
export function stackImages(images: readonly Image[], spec: ImageSpec, dtype: PixelDtype): Tensor {
  const [height, width] = spec.size
  const channels = spec.channels === 'gray' ? 1 : 3
  const shape = spec.layout === 'nchw' ? [channels, height, width] : [height, width, channels]
  const tensor = allocate(dtype, [images.length, ...shape])
  const tables = Array.from({ length: channels }, (_, channel) => valuesOfBytes(channel, spec, dtype))
  const pixels = height * width
  const step = spec.layout === 'nchw' ? { channel: pixels, pixel: 1 } : { channel: 1, pixel: channels }
  images.forEach((image, row) => {
    tables.forEach((values, channel) => {
      const from = { first: spec.channels === 'bgr' ? 2 - channel : channel, step: channels }
      const to = { first: row * pixels * channels + channel * step.channel, step: step.pixel }
      translate(image.data, from, values, tensor.data, to)
    })
  })
  return tensor
}

/** Every how many elements of an array, beginning with which. */
interface Every {
  readonly first: number
  readonly step: number
}

/** Bytes to the values of a table. A function of its own, with nothing to look up: as a closure it takes twice as long. */
function translate(bytes: Uint8Array, from: Every, values: Elements, target: Elements, to: Every): void {
  const [every, step] = [from.step, to.step]
  let out = to.first
  for (let at = from.first; at < bytes.length; at += every) {
    target[out] = values[bytes[at] ?? 0] ?? 0
    out += step
  }
}

function allocate(dtype: PixelDtype, shape: readonly number[]): Numbers {
  const size = shape.reduce((product, dim) => product * dim, 1)
  if (dtype === 'uint8') return { dtype, shape, data: new Uint8Array(size) }
  if (dtype === 'float16') return { dtype, shape, data: new Uint16Array(size) }
  return { dtype, shape, data: new Float32Array(size) }
}

/** What each of the 256 bytes becomes in a channel: looked up, it costs nothing to divide exactly. */
function valuesOfBytes(channel: number, { mean, std }: ImageSpec, dtype: PixelDtype): Elements {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  if (dtype === 'uint8') return bytes
  const [offset, scale] = [Math.fround(mean?.[channel] ?? 0), Math.fround(std?.[channel] ?? 1)]
  const values = Float32Array.from(bytes, (byte) => Math.fround(Math.fround(byte / 255) - offset) / scale)
  return dtype === 'float16' ? Uint16Array.from(values, toFloat16) : values
}
