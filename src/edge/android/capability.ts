import { CreateError } from '../../errors.ts'
import type { ExportContext } from '../target.ts'

/** onnxruntime's Java API can hand a model everything but these. */
const NO_INPUTS = ['uint16', 'uint32', 'uint64']

/** Throws CreateError for a model that Android cannot be asked to run. */
export function refuseUnsupported({ server: { config } }: Pick<ExportContext, 'server'>): void {
  const issues = config.inputs
    .filter(({ dtype }) => NO_INPUTS.includes(dtype))
    .map(({ name, dtype }) => ({ path: name, message: `is ${dtype}, which onnxruntime's Java API has no tensors of` }))
  if (issues.length === 0) return
  throw new CreateError('invalid', `${config.name} cannot be exported to Android`, {
    issues,
    hint: 'A Cast in the model makes the input int32 or int64; --target web runs it as it is.',
  })
}
