import { toChannels } from '../templates/fastify-onnx/base/src/transforms/channels.ts'
import { fitImage } from '../templates/fastify-onnx/base/src/transforms/crop.ts'
import type { Image, ImageSpec } from '../templates/fastify-onnx/base/src/transforms/image.ts'
import { type PixelDtype, stackImages } from '../templates/fastify-onnx/base/src/transforms/normalise.ts'

// `npm run bench:preprocess`: milliseconds from decoded pixels to the model's tensor, on one thread. The goal for 640x480 to
// 224x224 is 8 ms.

interface BenchSpec extends ImageSpec {
  readonly dtype: PixelDtype
}

const SPEC: BenchSpec = {
  size: [224, 224],
  crop: 'center',
  resize: 256,
  resample: 'bilinear',
  channels: 'rgb',
  layout: 'nchw',
  dtype: 'float32',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
}
const SIZES = [
  [224, 224],
  [640, 480],
  [1920, 1080],
  [4000, 3000],
] as const
const LOOKS: readonly Partial<BenchSpec>[] = [
  {},
  { crop: 'none', resize: null },
  { resample: 'bicubic' },
  { resample: 'lanczos' },
  { resample: 'nearest' },
  { channels: 'gray', mean: [0.5], std: [0.5] },
  { layout: 'nhwc', dtype: 'uint8', mean: null, std: null },
]

for (const [width, height] of SIZES) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 2654435761) >>> 24)
  for (const look of LOOKS) {
    const spec = { ...SPEC, ...look }
    const { best, median } = measure({ width, height, channels: 3, data }, spec)
    const what = `${width}x${height} -> 224x224 ${spec.resample} ${spec.crop} ${spec.channels} ${spec.dtype}`
    process.stdout.write(`${what.padEnd(56)} best ${best.toFixed(2)} ms, median ${median.toFixed(2)} ms\n`)
  }
}

function measure(image: Image, spec: BenchSpec): { best: number; median: number } {
  const times = Array.from({ length: image.width > 2000 ? 10 : 40 }, () => {
    const start = performance.now()
    stackImages([fitImage(toChannels(image, spec.channels), spec)], spec, spec.dtype)
    return performance.now() - start
  }).toSorted((a, b) => a - b)
  return { best: times[0] ?? 0, median: times[times.length >> 1] ?? 0 }
}
