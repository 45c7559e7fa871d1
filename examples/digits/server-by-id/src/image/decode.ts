import sharp from 'sharp'
import { HttpError } from '../plugins/problem.ts'
import { InvalidInput } from '../transforms/errors.ts'
import type { Image } from '../transforms/image.ts'
import type { ImageFile } from './body.ts'
import { formatOf } from './format.ts'
import type { ImageSettings } from './settings.ts'

const { vips, mozjpeg, png, webp } = sharp.versions
/** The libraries that decode. */
export const DECODER = JSON.stringify({ vips, mozjpeg, png, webp })

/** A file that takes longer is made to. */
const TIMEOUT_S = 20

/**
 * Files to pixels, off the event loop: the first frame, upright (EXIF), 8 bits of red, green and blue. Transparency is dropped,
 * as Pillow's `convert('RGB')` does, and so are colour profiles: what training code and browsers
 * (`colorSpaceConversion: 'none'`) see. The decoder throws InvalidInput for a file that cannot be read, and HttpError 413 for
 * one that is too large, which its header tells before a pixel is allocated.
 */
export function makeDecoder(limits: ImageSettings, threads: number): (files: readonly ImageFile[]) => Promise<Image[]> {
  sharp.cache(false)
  sharp.concurrency(threads)
  return async (files) => {
    const sizes = await Promise.all(files.map(readHeader))
    assertSizes(sizes, limits)
    return Promise.all(files.map((file) => decodeFile(file, limits)))
  }
}

interface Header {
  readonly width: number
  readonly height: number
}

async function readHeader(file: ImageFile): Promise<Header> {
  assertFormat(file)
  return explaining(file, () => sharp(file.bytes, { pages: 1, limitInputPixels: false }).metadata())
}

function assertFormat({ bytes, pointer, type }: ImageFile): void {
  const format = formatOf(bytes)
  if (format === undefined) throw new InvalidInput({ pointer, detail: 'not a PNG, JPEG or WebP file' })
  if (type !== undefined && type !== format.type) {
    throw new InvalidInput({ pointer, detail: `sent as ${type}, but it is a ${format.name} file` })
  }
}

function assertSizes(sizes: readonly Header[], { IMAGE_MAX_PIXELS, IMAGE_MAX_SIDE }: ImageSettings): void {
  for (const { width, height } of sizes) {
    if (Math.max(width, height) > IMAGE_MAX_SIDE) {
      const limit = `${IMAGE_MAX_SIDE} pixels (IMAGE_MAX_SIDE)`
      throw new HttpError(
        413,
        `An image of ${width} x ${height} pixels is too large: no side may be longer than ${limit}.`,
      )
    }
  }
  const pixels = sizes.reduce((sum, { width, height }) => sum + width * height, 0)
  if (pixels > IMAGE_MAX_PIXELS) {
    throw new HttpError(
      413,
      `${pixels} pixels are too many: at most ${IMAGE_MAX_PIXELS} (IMAGE_MAX_PIXELS) in a request.`,
    )
  }
}

async function decodeFile(file: ImageFile, { IMAGE_MAX_PIXELS }: ImageSettings): Promise<Image> {
  const { data, info } = await explaining(file, () =>
    sharp(file.bytes, { pages: 1, limitInputPixels: IMAGE_MAX_PIXELS, ignoreIcc: true, failOn: 'error' })
      .timeout({ seconds: TIMEOUT_S })
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  )
  if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels`)
  return { width: info.width, height: info.height, channels: 3, data }
}

/** sharp's errors are about the file: the caller's. */
async function explaining<Result>({ pointer }: ImageFile, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new InvalidInput({ pointer, detail: `the image cannot be decoded: ${reason.replace(/[:\s]+$/, '')}` })
  }
}
