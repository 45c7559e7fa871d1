import { createHash } from 'node:crypto'
import type { Json, Tensor, Tensors } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import type { TensorConfig } from '../config/config.ts'
import type { Format, Precision } from '../words.ts'
import type { Label } from './answer.ts'
import type { Asked } from './ask.ts'
import type { Origin } from './cases.ts'
import type { EdgeModel, ExportedFile } from './target.ts'

/** A tensor of which only the bits matter: SHA-256 (hex) of its elements, little-endian; of strings, each as UTF-8 and a NUL. */
export interface GoldenTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly sha256: string
}

/** A tensor with its elements, little-endian, as base64; strings as a list. */
export interface GoldenOutput {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: string | readonly string[]
}

/** A request and what the server makes of it: a device that makes the same is right. */
export interface GoldenVector {
  readonly name: string
  readonly origin: Origin
  readonly kind: 'json' | 'image'
  /** Of kind json: as POST /predict takes it. */
  readonly data?: Json
  /** Of kind image: the file, and its pixels after decoding, upright, as rows of RGB; none where they would be too large. */
  readonly file?: string
  readonly pixels?: { readonly width: number; readonly height: number; readonly file: string }
  /** What preprocess makes of it, by the name of the model's input. */
  readonly tensors: Readonly<Record<string, GoldenTensor>>
  /** What the shipped model makes of that, by the name of its output. */
  readonly outputs: Readonly<Record<string, GoldenOutput>>
  /** As POST /predict answers it. */
  readonly prediction: Json
  /** The best labels, best first; null without labels, without a best one (NaN), and for several rows. */
  readonly top: readonly Label[] | null
}

/** golden.json: requests, and the server's answers to them with the model that is shipped. */
export interface Golden {
  readonly schema: 1
  readonly model: {
    readonly file: string
    readonly sha256: string
    readonly precision: Precision
    readonly format: Format
  }
  /** The server's own model. */
  readonly source: { readonly sha256: string }
  readonly inputs: readonly TensorConfig[]
  readonly vectors: readonly GoldenVector[]
}

/** Pixels of a larger image are not shipped: 3 bytes for each. */
const MOST_PIXELS = 2 ** 20
/** Samples beyond these are checked here, and not shipped. */
export const MOST_SAMPLES = 32

export interface GoldenFiles {
  readonly golden: Golden
  /** golden.json, and the images with their pixels. */
  readonly files: readonly ExportedFile[]
}

/** Golden vectors of what was asked of the shipped model. */
export function makeGolden(
  model: EdgeModel,
  source: { readonly sha256: string; readonly inputs: readonly TensorConfig[] },
  asked: readonly Asked[],
): GoldenFiles {
  const files: ExportedFile[] = []
  const samples = asked.filter(({ origin }) => origin === 'samples').slice(0, MOST_SAMPLES)
  const vectors = asked
    .filter((one) => one.origin !== 'samples' || samples.includes(one))
    .map((one, index) => {
      const image = imageFiles(one, index)
      files.push(...image.files)
      return toVector(one, image.entries)
    })
  const { file, sha256, precision, format } = model
  const golden: Golden = {
    schema: 1,
    model: { file, sha256, precision, format },
    source: { sha256: source.sha256 },
    inputs: source.inputs,
    vectors,
  }
  return {
    golden,
    files: [{ path: 'golden.json', bytes: Buffer.from(`${JSON.stringify(golden, null, 1)}\n`) }, ...files],
  }
}

function toVector({ name, origin, image, data, answer }: Asked, entries: Partial<GoldenVector>): GoldenVector {
  const { tensors, outputs, prediction, top } = answer
  return {
    name,
    origin,
    kind: image ? 'image' : 'json',
    ...(image ? entries : { data }),
    tensors: mapTensors(tensors, describeBits),
    outputs: mapTensors(outputs, describeOutput),
    prediction,
    top: top?.length === 1 ? (top[0] ?? null) : null,
  }
}

function imageFiles({ image, answer }: Asked, index: number) {
  const [pixels] = answer.images ?? []
  if (!image || !pixels) return { entries: {}, files: [] }
  const file = `golden/${index}.${image.extension}`
  const shipped = { path: file, bytes: image.bytes }
  if (pixels.width * pixels.height > MOST_PIXELS) return { entries: { file }, files: [shipped] }
  const raw = { path: `golden/${index}.rgb`, bytes: pixels.data }
  return {
    entries: { file, pixels: { width: pixels.width, height: pixels.height, file: raw.path } },
    files: [shipped, raw],
  }
}

function mapTensors<Value>(tensors: Tensors, describe: (tensor: Tensor) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, describe(tensor)]))
}

function describeBits(tensor: Tensor): GoldenTensor {
  const { dtype, shape } = tensor
  return { dtype, shape, sha256: createHash('sha256').update(bytesOf(tensor)).digest('hex') }
}

function describeOutput(tensor: Tensor): GoldenOutput {
  const { dtype, shape, data } = tensor
  const isText = !ArrayBuffer.isView(data)
  return { dtype, shape, data: isText ? [...data] : Buffer.from(bytesOf(tensor)).toString('base64') }
}

/** Little-endian, as every machine that runs onnxruntime has its numbers. */
function bytesOf({ data }: Tensor): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(data.map((text) => `${text}\0`).join(''))
}
