import sharp from 'sharp'

/** A JPEG that is as hard to decode as a photo: smooth areas, edges, and a little grain. The same bytes every time. */
export async function makePhoto(width: number, height: number): Promise<Buffer> {
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1, at += 1) pixels[at] = shade(x, y, channel, at)
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer()
}

function shade(x: number, y: number, channel: number, seed: number): number {
  const wave = Math.sin(x / (19 + 7 * channel)) + Math.cos(y / 31) + Math.sin((x + y) / 90)
  const disc = Math.hypot(x - 200, y - 260) < 120 ? 40 : 0
  const grain = (Math.imul(seed, 2654435761) >>> 28) - 8
  return Math.max(0, Math.min(255, 120 + 35 * wave + disc + grain))
}
