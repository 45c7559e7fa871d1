import { InvalidInput } from '../transforms/errors.ts'
import { MAX_RANK, type Place, showShape } from '../transforms/shape.ts'
import type { TensorSpec } from '../transforms/types.ts'

/** Whether a tensor of this shape can be the model's input; binds names of sizes, as bindShape does. Throws InvalidInput. */
export function assertShape(shape: readonly number[], spec: TensorSpec, { pointer, bindings }: Place): void {
  const fail = (detail: string) => new InvalidInput({ pointer, detail })
  if (shape.length > MAX_RANK) throw fail(`more than ${MAX_RANK} dimensions`)
  // A 0 empties the tensor, but onnxruntime multiplies the rest first.
  const size = shape.reduce((product, dim) => product * (dim || 1), 1)
  if (size > Number.MAX_SAFE_INTEGER) throw fail(`${showShape(shape)} has too many elements`)
  if (spec.shape === null) return
  const expected = `"${spec.name}" is ${showShape(spec.shape)}`
  if (shape.length !== spec.shape.length) throw fail(`${expected}, got ${showShape(shape)}`)
  for (const [axis, dim] of spec.shape.entries()) {
    const actual = shape[axis] ?? 0
    const wanted = typeof dim === 'number' ? dim : bindings.get(dim)
    if (wanted !== undefined && wanted !== actual) {
      const because = typeof dim === 'string' ? `, and ${dim} is ${wanted} in this request` : ''
      throw fail(`${expected}${because}, got ${showShape(shape)}`)
    }
    if (typeof dim === 'string') bindings.set(dim, actual)
  }
}
