import type { SweepCase } from './cases.ts'
import type { Outcome } from './outcome.ts'

/** A case, what onnxruntime-node itself made of it, and what the generated server did. */
export interface Result {
  readonly one: SweepCase
  readonly own: Outcome
  readonly served: Outcome
}

/**
 * `served`: the expected outputs. `onnxruntime`: not served as expected, and onnxruntime-node itself does not do it either.
 * `refused`: onnxruntime-node would, but generation says no. `ours`: the server is at fault.
 */
export type Verdict = 'served' | 'onnxruntime' | 'refused' | 'ours'

export function judge({ own, served }: Result): Verdict {
  if (served.kind === 'right') return 'served'
  if (own.kind !== 'right') return 'onnxruntime'
  return served.kind === 'failed' && served.stage === 'generate' ? 'refused' : 'ours'
}

/** Why onnxruntime-node itself does not run a model as expected, in few words: the groups of the report. */
export function reasonGroup({ own, one }: Result): string {
  if (own.kind === 'right') return 'none'
  if (own.kind === 'wrong') {
    return one.ops.some((op) => RANDOM_OPS.has(op))
      ? 'random operators: other values each time'
      : 'values differ from the expected ones'
  }
  if (own.reason.startsWith('the process died')) return 'onnxruntime aborts the process'
  return GROUPS.find(([pattern]) => pattern.test(own.reason))?.[1] ?? 'other'
}

const RANDOM_OPS = new Set([
  'Bernoulli',
  'RandomNormal',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Dropout',
])

const GROUPS: readonly (readonly [RegExp, string])[] = [
  [
    /is no tensor|Non tensor type/i,
    'sequences or optionals among inputs or outputs, which onnxruntime-node does not take',
  ],
  [/locale/i, 'the locale that the model asks for is not there'],
  [/is not a registered function/i, 'operators for training, which onnxruntime-node does not have'],
  [/Could not find an implementation for \w+\([1-6]\)/i, 'an operator older than opset 7, which has no kernel'],
  [/Could not find an implementation/i, 'no CPU kernel for the element type'],
  [/Unsupported data type: 16/i, 'bfloat16 among inputs or outputs, which onnxruntime-node does not take'],
  [/layout_ == 0/i, 'recurrent operators with the batch first, which have no CPU kernel'],
]
