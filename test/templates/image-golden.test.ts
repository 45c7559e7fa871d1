import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { toChannels } from '../../templates/fastify-onnx/base/src/transforms/channels.ts'
import { fitImage } from '../../templates/fastify-onnx/base/src/transforms/crop.ts'
import type { Image, ImageSpec } from '../../templates/fastify-onnx/base/src/transforms/image.ts'
import { type PixelDtype, stackImages } from '../../templates/fastify-onnx/base/src/transforms/normalise.ts'

interface Made {
  readonly kind: 'noise' | 'gradient' | 'edges'
  readonly width: number
  readonly height: number
  readonly seed: number
}

interface GoldenSpec extends ImageSpec {
  readonly dtype: PixelDtype
}

interface Golden {
  readonly pillow: string
  readonly cases: readonly { readonly image: Made; readonly spec: GoldenSpec; readonly sha256: string }[]
}

const golden: Golden = JSON.parse(readFileSync(new URL('../fixtures/images/golden.json', import.meta.url), 'utf8'))

/** The formulas of make_golden.py. */
function makeImage({ kind, width, height, seed }: Made): Image {
  const data = new Uint8Array(width * height * 3)
  for (let index = 0; index < data.length; index += 1) {
    const [channel, x, y] = [index % 3, Math.floor(index / 3) % width, Math.floor(index / 3 / width)]
    if (kind === 'noise') data[index] = noise(index, seed)
    else if (kind === 'gradient') data[index] = (x * (3 + seed) + y * (5 + seed) + channel * 70) & 255
    else data[index] = ((Math.floor(x / (2 + seed)) + Math.floor(y / (3 + seed)) + channel) & 1) * 255
  }
  return { width, height, channels: 3, data }
}

function noise(index: number, seed: number): number {
  const mixed = (Math.imul(index, 2654435761) + seed) >>> 0
  const hashed = Math.imul(mixed ^ (mixed >>> 15), 2246822519) >>> 0
  return (hashed ^ (hashed >>> 13)) & 255
}

function preprocess(image: Image, spec: GoldenSpec): string {
  const fitted = fitImage(toChannels(image, spec.channels), spec)
  const { data } = stackImages([fitted], spec, spec.dtype)
  if (!ArrayBuffer.isView(data)) throw new Error('no bytes')
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
}

describe(`the transforms give Pillow ${golden.pillow}'s bits`, () => {
  const seen = new Map<string, Image>()
  for (const { image, spec, sha256 } of golden.cases) {
    const { kind, width, height } = image
    test(`${kind} ${width}x${height} ${Object.values(spec).join(' ')}`, () => {
      const key = JSON.stringify(image)
      const pixels = seen.get(key) ?? makeImage(image)
      seen.set(key, pixels)
      expect(preprocess(pixels, spec)).toBe(sha256)
    })
  }
})
