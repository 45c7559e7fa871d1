import type { ModelProto } from '../onnx_pb.ts'
import { countOps } from '../operators.ts'
import { WEIGHT_OPERATORS } from './channel-axis.ts'
import type { SmallPrecision } from './store.ts'
import type { Kept } from './weights.ts'

interface Attempt {
  readonly precision: SmallPrecision
  /** Of the model. */
  readonly bytes: number
  /** By converting all that can be, tiny tensors too; below 0 when the nodes for it take more than it saves. */
  readonly saved: number
  readonly kept: readonly Kept[]
}

/** Operators of ai.onnx.ml that keep their numbers as attributes, which have one type. */
const NUMBERS_AS_ATTRIBUTES = /^ai\.onnx\.ml\.(TreeEnsemble|SVM|Linear|Scaler|Normalizer|Imputer)/

/** Why a model gains nothing, as one sentence without a full stop: what there is instead of weights, and what would be saved. */
export function explainNothing(model: ModelProto, { precision, bytes, saved, kept }: Attempt): string {
  const attributes = Object.keys(countOps(model)).filter((name) => NUMBERS_AS_ATTRIBUTES.test(name))
  const largest = kept.toSorted((a, b) => b.bytes - a.bytes)[0]
  const gain = `${precision} would save ${Math.max(0, saved)} of the model's ${bytes} bytes`
  if (largest && largest.bytes >= bytes * 0.1) {
    return `${gain}: its largest tensor "${largest.name}" (${largest.bytes} bytes) ${largest.reason}`
  }
  if (saved > 0) return `${gain}: its weights are too small to matter`
  if (attributes.length > 0) {
    const names = attributes.map((name) => name.replace('ai.onnx.ml.', '')).join(' and ')
    return `${gain}: the numbers of ${names} are attributes of the operator, which have one precision`
  }
  return `${gain}: it has no large weights of ${WEIGHT_OPERATORS}`
}
