import { blankImage, type Image, type ImageSpec } from './image.ts'

/** The bytes that the model looks at; the order of red and blue is a matter of `stackImages`. */
export function toChannels(image: Image, channels: ImageSpec['channels']): Image {
  return channels === 'gray' ? toGray(image) : image
}

/**
 * One byte of luma for each pixel, as Pillow's `convert('L')`: (19595 R + 38470 G + 7471 B) / 2^16, rounded
 * (ITU-R 601-2). An image that is gray already comes back as it is.
 */
export function toGray(image: Image): Image {
  if (image.channels === 1) return image
  const gray = blankImage({ ...image, channels: 1 })
  const { data } = image
  for (let pixel = 0, at = 0; pixel < gray.data.length; pixel += 1, at += 3) {
    const red = data[at] ?? 0
    const green = data[at + 1] ?? 0
    const blue = data[at + 2] ?? 0
    gray.data[pixel] = (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
  }
  return gray
}
