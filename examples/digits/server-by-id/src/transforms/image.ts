/** Pixels as rows from the top, in each row from the left, `channels` bytes for each: red, green, blue; or one of gray. */
export interface Image {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array
}

/** Height first, as in the shape of a tensor. */
export type Size = readonly [height: number, width: number]

/** A part of a larger image that does not exist as a whole: where it begins, and how large it is. */
export interface Window {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** How pixels become the model's input, as vars.yaml declares it (`preprocess`). */
export interface ImageSpec {
  readonly size: Size
  /** `center`: the shorter side becomes `resize`, then the middle is cut out. `none`: stretched to `size`. */
  readonly crop: 'center' | 'none'
  /** null where nothing is cropped. */
  readonly resize: number | null
  readonly resample: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos'
  readonly channels: 'rgb' | 'bgr' | 'gray'
  readonly layout: 'nchw' | 'nhwc'
  /** One number for each channel, in the order of `channels`; null where the model takes bytes. */
  readonly mean: readonly number[] | null
  readonly std: readonly number[] | null
}

/** A black image of that size. */
export function blankImage({ width, height, channels }: Omit<Image, 'data'>): Image {
  return { width, height, channels, data: new Uint8Array(width * height * channels) }
}
