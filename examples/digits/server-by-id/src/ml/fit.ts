import { sizeOf } from '../transforms/elements.ts'
import { showShape } from '../transforms/shape.ts'
import type { Tensor, TensorSpec, Tensors } from '../transforms/types.ts'
import { ModelError } from './errors.ts'

/** Throws ModelError unless these are the model's inputs: a mistake in preprocess must not look like one of the caller. */
export function assertFit(tensors: Tensors, specs: readonly TensorSpec[]): void {
  for (const spec of specs) {
    const tensor = tensors[spec.name]
    if (tensor === undefined) throw new ModelError(`preprocess gives no "${spec.name}", which the model takes`)
    if (!fits(tensor, spec)) {
      throw new ModelError(
        `preprocess gives "${spec.name}" as ${tensor.dtype} ${showShape(tensor.shape)} with ${tensor.data.length} ` +
          `elements, but the model takes ${spec.dtype} ${showShape(spec.shape)}`,
      )
    }
  }
  const unknown = Object.keys(tensors).find((name) => !specs.some((spec) => spec.name === name))
  if (unknown !== undefined) throw new ModelError(`preprocess gives "${unknown}", which the model does not take`)
}

function fits({ dtype, shape, data }: Tensor, spec: TensorSpec): boolean {
  if (dtype !== spec.dtype || data.length !== sizeOf(shape)) return false
  if (spec.shape === null) return true
  return (
    shape.length === spec.shape.length &&
    spec.shape.every((dim, axis) => typeof dim === 'string' || dim === shape[axis])
  )
}
