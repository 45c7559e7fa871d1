/**
 * Makes the test resources of edge-core: `node --import tsx scripts/make-edge-android-vectors.ts` writes them, a test compares.
 *   transforms.txt    images that a formula makes, through declarations of all kinds, and the hash of what the server's
 *                     transforms make of them
 *   edge-updates.txt  the vectors of test/fixtures/edge-updates, a line for each file
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { toChannels } from '../templates/fastify-onnx/base/src/transforms/channels.ts'
import { fitImage } from '../templates/fastify-onnx/base/src/transforms/crop.ts'
import type { Image, ImageSpec } from '../templates/fastify-onnx/base/src/transforms/image.ts'
import { type PixelDtype, stackImages } from '../templates/fastify-onnx/base/src/transforms/normalise.ts'

const ROOT = join(import.meta.dirname, '..')

export const RESOURCES = join(
  ROOT,
  'templates/fastify-onnx/features/edge-android/base/edge-android/edge-core/src/test/resources',
)
const UPDATES = ['signatures', 'manifests', 'decisions', 'buckets', 'openings', 'transitions', 'downloads']

/** Each file's name and text. */
export function makeResources(): ReadonlyMap<string, string> {
  return new Map([
    ['transforms.txt', makeTransforms()],
    ['edge-updates.txt', packUpdates()],
  ])
}

/** `signatures: [...]`, without whitespace. */
function packUpdates(): string {
  const lines = UPDATES.map((name) => {
    const vectors: unknown = JSON.parse(readFileSync(join(ROOT, `test/fixtures/edge-updates/${name}.json`), 'utf8'))
    return `${name}: ${JSON.stringify(vectors)}\n`
  })
  return lines.join('')
}

const SIZES = [
  '1x1x3',
  '1x9x3',
  '9x1x3',
  '5x5x3',
  '28x28x1',
  '33x21x3',
  '37x100x3',
  '200x64x3',
  '13x400x3',
  '320x240x3',
]
const RESAMPLES = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const
const TARGETS: readonly Pick<ImageSpec, 'size' | 'crop' | 'resize'>[] = [
  { size: [28, 28], crop: 'none', resize: null },
  { size: [17, 31], crop: 'none', resize: null },
  { size: [24, 24], crop: 'center', resize: 32 },
  { size: [15, 22], crop: 'center', resize: 29 },
]
const MEAN = [0.485, 0.456, 0.406]
const STD = [0.229, 0.224, 0.225]
type Look = Pick<ImageSpec, 'channels' | 'layout' | 'mean' | 'std'> & { readonly dtype: PixelDtype }
const LOOKS: readonly Look[] = [
  { channels: 'rgb', layout: 'nchw', dtype: 'float32', mean: MEAN, std: STD },
  { channels: 'bgr', layout: 'nhwc', dtype: 'float32', mean: [0.5, 0.25, 0.1], std: [1, 0.3, 0.7] },
  { channels: 'gray', layout: 'nchw', dtype: 'float32', mean: [0.1307], std: [0.3081] },
  { channels: 'rgb', layout: 'nhwc', dtype: 'uint8', mean: null, std: null },
  { channels: 'rgb', layout: 'nchw', dtype: 'float16', mean: MEAN, std: STD },
  { channels: 'gray', layout: 'nhwc', dtype: 'float32', mean: null, std: null },
]

/** Every size meets every resampling and target; looks take turns. */
function makeTransforms(): string {
  const cases = SIZES.flatMap((from) =>
    RESAMPLES.flatMap((resample) => TARGETS.map((target) => ({ from, resample, target }))),
  )
  const lines = cases.map(({ from, resample, target }, index) => {
    // An image of one channel has no colours.
    const looks = from.endsWith('x1') ? LOOKS.filter(({ channels }) => channels === 'gray') : LOOKS
    const look = looks[index % looks.length]
    if (!look) throw new Error('there are looks')
    return makeLine(
      index % 7 === 0 ? `${from}+31x17x${from.at(-1)}` : from,
      { ...target, ...look, resample },
      look.dtype,
    )
  })
  const head =
    '# Made by scripts/make-edge-android-vectors.ts of create-inference-server from the transforms of its servers.'
  return `${head}\n${lines.join('\n')}\n`
}

function makeLine(from: string, spec: ImageSpec, dtype: PixelDtype): string {
  const crop = spec.resize === null ? spec.crop : `${spec.crop}:${spec.resize}`
  const numbers = [spec.mean, spec.std].map((list) => list?.join() ?? '-')
  const what = [from, spec.size.join('x'), crop, spec.resample, spec.channels, spec.layout, dtype, ...numbers].join(' ')
  const images = from.split('+').map((size, index) => fitImage(toChannels(makeImage(size, index), spec.channels), spec))
  const { data } = stackImages(images, spec, dtype)
  if (!ArrayBuffer.isView(data)) throw new Error('pixels are numbers')
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return `${what}: ${createHash('sha256').update(bytes).digest('hex')}`
}

/** Bytes of a linear congruential generator: the same in every language. */
function makeImage(size: string, index: number): Image {
  const [width = 0, height = 0, depth = 0] = size.split('x').map(Number)
  const channels = depth === 1 ? 1 : 3
  let state = index + 1
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state >> 16
  })
  return { width, height, channels, data }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, text] of makeResources()) writeFileSync(join(RESOURCES, name), text)
}
