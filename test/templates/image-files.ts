import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** Pixels of 6 x 4, each another colour, as RGB bytes: what the test model answers for a picture of them. */
export const WIDTH = 6
export const HEIGHT = 4
export const PIXELS = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, index) => (index * 37 + 11) % 256)

/** Those pixels, to be encoded in any way. */
export function picture(): Sharp {
  return sharp(PIXELS, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
}

/** As /predict answers them: rows of pixels of three numbers. */
export function nested(pixels: ArrayLike<number>, width = WIDTH, height = HEIGHT): number[][][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => [0, 1, 2].map((channel) => pixels[(y * width + x) * 3 + channel] ?? -1)),
  )
}

/** A PNG of any declared size, with as little behind the header as asked. */
export function makePng(width: number, height: number, pixels: Uint8Array = new Uint8Array(10)): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([signature, ...chunks])
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
