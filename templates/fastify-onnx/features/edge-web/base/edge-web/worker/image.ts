import type { Image } from '../../src/transforms/image.ts'
import { Problem } from '../problem.ts'
import { readStraight } from './straight-alpha.ts'

/** As the server decodes: upright (EXIF), colour profiles and transparency dropped, so that both see the same pixels. */
const AS_THE_SERVER = {
  colorSpaceConversion: 'none',
  imageOrientation: 'from-image',
  premultiplyAlpha: 'none',
} as const

/** A file, or a picture of the camera, as pixels. Throws Problem `image`. */
export async function decodeImage(source: Blob | ImageBitmap): Promise<Image> {
  const bitmap = source instanceof ImageBitmap ? source : await decodeFile(source)
  try {
    return toImage(bitmap)
  } finally {
    bitmap.close()
  }
}

async function decodeFile(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, AS_THE_SERVER)
  } catch (cause) {
    throw new Problem({
      code: 'image',
      message: 'This file is not an image that the browser can read.',
      hint: `Choose a PNG, JPEG or WebP file. (${cause instanceof Error ? cause.message : cause})`,
    })
  }
}

function toImage(bitmap: ImageBitmap): Image {
  const { width, height } = bitmap
  // Pixels are read back each time, so they had better not be on a graphics processor.
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw tooLarge(bitmap)
  context.drawImage(bitmap, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  // A canvas multiplies colours by their opacity, which cannot be undone exactly.
  const pixels = isOpaque(data) ? data : (readStraight(bitmap) ?? data)
  return { width, height, channels: 3, data: dropAlpha(pixels) }
}

function tooLarge({ width, height }: ImageBitmap): Problem {
  return new Problem({
    code: 'image',
    message: `An image of ${width} x ${height} pixels is too large for this browser.`,
    hint: 'Choose a smaller one.',
  })
}

function isOpaque(pixels: Uint8ClampedArray): boolean {
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 255) return false
  return true
}

/** RGBA to RGB. A plain loop: it runs for every pixel of every picture of the camera. */
function dropAlpha(pixels: Uint8ClampedArray | Uint8Array): Uint8Array {
  const colours = new Uint8Array((pixels.length / 4) * 3)
  let out = 0
  for (let at = 0; at < pixels.length; at += 4) {
    colours[out] = pixels[at] ?? 0
    colours[out + 1] = pixels[at + 1] ?? 0
    colours[out + 2] = pixels[at + 2] ?? 0
    out += 3
  }
  return colours
}
