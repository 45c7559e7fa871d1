import type { Image, ImageSpec, Size, Window } from './image.ts'
import { resize } from './resize.ts'

/** An image in the size that the model takes. */
export function fitImage(image: Image, { size, crop, resize: side, resample }: ImageSpec): Image {
  if (crop === 'none') return resize(image, size, resample)
  const scaled = shorterSideTo(image, side ?? Math.max(...size))
  return resize(image, scaled, resample, centerWindow(scaled, size))
}

/** The size whose shorter side is `side`, in the same ratio; the longer one is rounded down, as in torchvision's `Resize(side)`. */
export function shorterSideTo({ width, height }: Image, side: number): Size {
  const longer = Math.trunc((side * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? [longer, side] : [side, longer]
}

/** Where `size` lies in the middle; half pixels go to the even number, as in torchvision's `CenterCrop`. */
export function centerWindow([outerHeight, outerWidth]: Size, [height, width]: Size): Window {
  return {
    top: roundHalfEven((outerHeight - height) / 2),
    left: roundHalfEven((outerWidth - width) / 2),
    height,
    width,
  }
}

/** Python's `round`. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
