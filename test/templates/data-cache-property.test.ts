import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import sharp from 'sharp'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Pipeline } from '../../templates/fastify-onnx/base/src/ml/pipeline.ts'
import { toChannels } from '../../templates/fastify-onnx/base/src/transforms/channels.ts'
import { fitImage } from '../../templates/fastify-onnx/base/src/transforms/crop.ts'
import type { Image, ImageSpec } from '../../templates/fastify-onnx/base/src/transforms/image.ts'
import { type PixelDtype, stackImages } from '../../templates/fastify-onnx/base/src/transforms/normalise.ts'
import type { Contract } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { DataCache, type Found } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/cache.ts'
import { Kept } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/kept.ts'
import { Keys } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/keys.ts'
import { MemoryTier } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/memory-tier.ts'
import { prepareFile } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/pipeline.ts'
import { DirectorySource } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/sources/directory.ts'
import type { Tier } from '../../templates/fastify-onnx/features/data-cache/base/src/data-cache/tier.ts'
import { DECODER, makeDecoder } from '../../templates/fastify-onnx/features/image/base/src/image/decode.ts'
import { makeFolder } from '../helpers/folder.ts'
import { hasRedis, startRedis } from '../helpers/redis.ts'
import { connectTier } from './redis-tier.ts'

interface Case {
  readonly image: Image
  readonly format: 'png' | 'webp' | 'jpg'
  readonly spec: ImageSpec
  readonly dtype: PixelDtype
  readonly level: 'input' | 'preprocessed'
}

const decode = makeDecoder({ IMAGE_MAX_PIXELS: 1e6, IMAGE_MAX_SIDE: 1e4, IMAGE_MAX_COUNT: 9 }, 1)

const images = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.nat())
  .map(([width, height, seed]): Image => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => Math.imul(at + seed, 2654435761) >>> 24)
    return { width, height, channels: 3, data }
  })

const specs = fc
  .record({
    size: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })),
    crop: fc.constantFrom('center' as const, 'none' as const),
    resample: fc.constantFrom('nearest' as const, 'bilinear' as const, 'bicubic' as const, 'lanczos' as const),
    channels: fc.constantFrom('rgb' as const, 'bgr' as const, 'gray' as const),
    layout: fc.constantFrom('nchw' as const, 'nhwc' as const),
  })
  .map((spec): ImageSpec => {
    const count = spec.channels === 'gray' ? 1 : 3
    const resize = spec.crop === 'center' ? Math.max(...spec.size) : null
    return { ...spec, resize, mean: Array(count).fill(0.45), std: Array(count).fill(0.22) }
  })

const cases: fc.Arbitrary<Case> = fc.record({
  image: images,
  format: fc.constantFrom('png' as const, 'webp' as const, 'jpg' as const),
  spec: specs,
  dtype: fc.constantFrom('float32' as const, 'float16' as const, 'uint8' as const),
  level: fc.constantFrom('input' as const, 'preprocessed' as const),
})

function contractOf({ spec, dtype }: Case): Contract {
  const [height, width] = spec.size
  const count = spec.channels === 'gray' ? 1 : 3
  const shape = spec.layout === 'nchw' ? [count, height, width] : [height, width, count]
  return {
    name: 'property',
    template: { name: '', version: '' },
    model: { file: '', sha256: '', bytes: 0 },
    encoder: null,
    task: 'tensor',
    rows: true,
    inputs: [{ name: 'pixels', dtype, shape: ['batch', ...shape] }],
    outputs: [],
    predict: { output: null, activation: 'none' },
    labels: null,
    sample: { given: true, data: null, prediction: null },
    preprocess: { kind: 'image', ...spec },
    budget: null,
    server: { port: 8000 },
  }
}

/** As the server of such a model has it. */
function pipelineOf({ spec, dtype }: Case): Pipeline {
  return {
    bodySchema: {},
    bodyTypes: ['image/png'],
    decoder: DECODER,
    sample: { data: null },
    decode: ({ data }) =>
      decode([{ bytes: data instanceof Uint8Array ? data : Buffer.of(), pointer: '', type: undefined }]),
    preprocess(input) {
      if (!Array.isArray(input)) throw new Error('no images')
      const fitted = input.map((image: Image) => fitImage(toChannels(image, spec.channels), spec))
      return { pixels: stackImages(fitted, spec, dtype) }
    },
    infer: () => Promise.reject(new Error('there is no model')),
    postprocess: () => ({}),
  }
}

/** What the model would be given. */
async function prepared(
  found: Found,
  one: Case,
): Promise<{ readonly dtype: string; readonly shape: readonly number[]; readonly bits: string }> {
  const value =
    found.kind === 'tensors'
      ? found
      : await prepareFile(pipelineOf(one), new Kept('preprocessed', contractOf(one)), found.file)
  const tensor = value.kind === 'tensors' ? value.tensors[0] : undefined
  if (!tensor || !ArrayBuffer.isView(tensor.data)) throw new Error('no tensor')
  const { dtype, shape, data } = tensor
  return { dtype, shape, bits: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex') }
}

async function hitEqualsMiss(one: Case, tiers: readonly Tier[], folder: string): Promise<void> {
  const { width, height, data } = one.image
  const encoded = sharp(data, { raw: { width, height, channels: 3 } })
  writeFileSync(
    join(folder, `0000.${one.format}`),
    await encoded.toFormat(one.format === 'jpg' ? 'jpeg' : one.format).toBuffer(),
  )
  const contract = contractOf(one)
  const kept = new Kept(one.level, contract)
  const { inputs, preprocess } = contract
  // A source of its own for each case, as ids are the same.
  const keys = new Keys(String(Math.random()), {
    level: one.level,
    inputs,
    spec: preprocess,
    codeHash: '',
    decoder: DECODER,
    encoderHash: '',
  })
  const cache = new DataCache({
    tiers,
    source: new DirectorySource({ path: folder, images: true, maxBytes: 1e6 }),
    keys,
    ttlMs: 60_000,
    missingTtlMs: 0,
    keepsMisses: true,
    log: pino({ level: 'silent' }),
    make: (file) => prepareFile(pipelineOf(one), kept, file),
  })
  const miss = await prepared(await cache.get('0000'), one)
  await cache.saved()
  writeFileSync(join(folder, `0000.${one.format}`), '')
  for (const tier of tiers) {
    const entry = await tier.get(keys.of('0000'))
    if (!entry || entry.value.kind === 'missing') throw new Error(`${tier.name} has not kept it`)
    expect(await prepared(entry.value, one)).toEqual(miss)
  }
  expect(await prepared(await cache.get('0000'), one)).toEqual(miss)
  expect(cache.stats.loads).toBe(1)
}

async function hold(open: () => Promise<readonly Tier[]>): Promise<void> {
  const tiers = await open()
  const property = fc.asyncProperty(cases, async (one) => hitEqualsMiss(one, tiers, makeFolder()))
  await fc.assert(property, { numRuns: 150 })
}

const memory = () => {
  const tier = new MemoryTier(64)
  onTestFinished(() => tier.close())
  return tier
}

test('what is found in memory is what was prepared, bit for bit, over images, specs and levels', () =>
  hold(async () => [memory()]))

const needed = hasRedis() ? '' : ' (skipped: redis-server is not installed)'

describe.skipIf(needed !== '')(`what is found in Redis${needed}`, () => {
  test('is what was prepared, bit for bit, over images, specs and levels', () =>
    hold(async () => [await connectTier({ REDIS_URL: (await startRedis()).url })]))

  test('and in memory in front of it is what was prepared, bit for bit', () =>
    hold(async () => [memory(), await connectTier({ REDIS_URL: (await startRedis()).url })]))
})
