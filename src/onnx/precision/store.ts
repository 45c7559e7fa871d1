import { LARGEST_HALF, SMALLEST_NORMAL_HALF, toHalves } from './float16.ts'
import { quantize, viewChannels } from './int8.ts'
import { floatValues, rawBytes } from './tensor-values.ts'
import type { Weight } from './weights.ts'

export type SmallPrecision = 'fp16' | 'int8'

/** A weight's values in fewer bytes. */
export interface Stored {
  /** TensorProto.DataType. */
  readonly dataType: number
  readonly rawData: Uint8Array
  /** What the values are multiplied with, one per channel. */
  readonly scale: { readonly dims: readonly number[]; readonly rawData: Uint8Array } | null
  readonly bytes: number
  /** The largest distance of a value from what it becomes. */
  readonly maxError: number
}

/** TensorProto.DataType */
const [INT8, FLOAT16] = [3, 10]

/** The values in that precision, or why they are better left: `holds NaN`. */
export function store(weight: Weight, precision: SmallPrecision): Stored | string {
  const values = floatValues(weight.tensor)
  if (values === null) return 'has its values in another file'
  const largest = largestSize(values)
  if (!Number.isFinite(largest)) return 'holds NaN or Infinity'
  return precision === 'fp16' ? storeHalves(values, largest) : storeCodes(values, weight)
}

function storeHalves(values: Float32Array, largest: number): Stored | string {
  if (largest > LARGEST_HALF) return `holds ${largest}, and float16 ends at ${LARGEST_HALF}`
  // Halves that small have lost bits, down to none; a tensor whose largest value is one has lost what it says.
  if (largest > 0 && largest < SMALLEST_NORMAL_HALF) return `holds nothing above ${largest}, too small for float16`
  const { bits, maxError } = toHalves(values)
  const rawData = rawBytes(bits)
  return { dataType: FLOAT16, rawData, scale: null, bytes: rawData.length, maxError }
}

function storeCodes(values: Float32Array, { shape, axis }: Weight): Stored | string {
  const { codes, scales, maxError } = quantize(values, viewChannels(shape, axis))
  if (!Number.isFinite(maxError)) return 'holds values at the end of what float32 can hold'
  const [rawData, factors] = [rawBytes(codes), rawBytes(scales)]
  const bytes = rawData.length + factors.length
  if (bytes >= values.byteLength) return 'has so few values per channel that a scale for each saves nothing'
  const dims = shape.map((dim, at) => (at === axis ? dim : 1))
  return { dataType: INT8, rawData, scale: { dims, rawData: factors }, bytes, maxError }
}

/** NaN when one of the values is. */
function largestSize(values: Float32Array): number {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  return largest
}
