import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from '../onnx_pb.ts'
import { readOpsets } from '../operators.ts'
import { convertModel, type Outcome } from './convert.ts'
import { explainNothing } from './explain-nothing.ts'
import type { SmallPrecision } from './store.ts'

/**
 * What became of a model: its bytes (those that were given, when there is nothing to gain), the weights that changed, and
 * the floats of some size that did not, each with the reason.
 */
export interface Converted extends Outcome {
  /** Why the model stays as it is, with the bytes that there would be to save; null when it was changed. */
  readonly nothingToGain: string | null
}

/** Below this a Cast costs nearly what it saves. */
const SMALLEST_BYTES = 1024
/** Less of the model's bytes is not worth an error, however small. */
const LEAST_GAIN = 0.01
/** Since when Cast names a type by its number, and Mul broadcasts over leading dims. */
const OLDEST_OPSET = { fp16: 6, int8: 7 } as const satisfies Record<SmallPrecision, number>

/**
 * The model with its matrices of weights (float32 initialisers of MatMul, Gemm, Conv and ConvTranspose) in fewer bytes:
 * `fp16` as halves and a Cast, `int8` as 8-bit codes, a Cast, and a Mul with a scale per channel. It takes, gives and
 * computes float32 as before. Tensors below `smallest` bytes are left alone; with 0 all are converted, gain or not.
 * Pure. Values that lie in other files must have been read in (read-whole-model.ts), else they stay as they are.
 */
export function toPrecision(
  bytes: Uint8Array,
  precision: SmallPrecision,
  { smallest = SMALLEST_BYTES }: { smallest?: number } = {},
): Converted {
  const model = fromBinary(ModelProtoSchema, bytes)
  const { 'ai.onnx': opset = 1 } = readOpsets(model)
  if (opset < OLDEST_OPSET[precision]) {
    const nothingToGain = `${precision} needs opset ${OLDEST_OPSET[precision]}, but the model is of opset ${opset}`
    return { bytes, changed: [], kept: [], nothingToGain }
  }
  const outcome = convertModel(bytes, precision, smallest)
  if (isWorthIt(bytes, outcome) || (smallest === 0 && outcome.changed.length > 0)) {
    return { ...outcome, nothingToGain: null }
  }
  const { kept } = outcome
  const saved = bytes.length - convertModel(bytes, precision, 0).bytes.length
  const nothingToGain = explainNothing(model, { precision, bytes: bytes.length, saved, kept })
  return { bytes, changed: [], kept, nothingToGain }
}

function isWorthIt(before: Uint8Array, { bytes }: Outcome): boolean {
  return before.length - bytes.length >= before.length * LEAST_GAIN
}
