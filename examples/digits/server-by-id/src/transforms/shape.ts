import { describe } from './elements.ts'
import { extendPointer, InvalidInput } from './errors.ts'
import type { Dim, TensorSpec } from './types.ts'

/** Sizes that a request has fixed so far, by name: `batch` is 3 in every tensor of it. */
export type Bindings = Map<string, number>

export interface Place {
  readonly pointer: string
  readonly bindings: Bindings
}

/** Deeper than any tensor, and shallow enough to recurse. */
export const MAX_RANK = 32

/** `[batch, 4]`: a shape as messages show it. */
export function showShape(shape: readonly Dim[] | null): string {
  return shape === null ? 'of any rank' : `[${shape.join(', ')}]`
}

/**
 * The shape of nested arrays, checked against `spec` on every level (raggedness too), without a look at the elements.
 * Binds names of sizes. A size that no array shows, because an outer one is empty, is its declared or bound size, else 0.
 * Throws InvalidInput.
 */
export function bindShape(value: unknown, spec: TensorSpec, { pointer, bindings }: Place): readonly number[] {
  const dims = spec.shape ?? unnamedDims(value, pointer)
  const sizes: (number | undefined)[] = dims.map(() => undefined)
  const path: number[] = []

  function visit(level: unknown, axis: number): void {
    const dim = dims[axis]
    if (dim === undefined) return
    const fail = (detail: string) => new InvalidInput({ pointer: extendPointer(pointer, ...path), detail })
    if (!Array.isArray(level)) throw fail(`expected an array (${expectation(spec, axis)}), got ${describe(level)}`)
    const expected = sizes[axis] ?? (typeof dim === 'number' ? dim : bindings.get(dim))
    if (expected !== undefined && level.length !== expected) {
      throw fail(`expected ${expected} elements (${expectation(spec, axis)}), got ${level.length}`)
    }
    sizes[axis] = level.length
    if (typeof dim === 'string') bindings.set(dim, level.length)
    if (axis + 1 === dims.length) return
    level.forEach((inner, index) => {
      path.push(index)
      visit(inner, axis + 1)
      path.pop()
    })
  }

  visit(value, 0)
  return dims.map((dim, axis) => sizes[axis] ?? (typeof dim === 'number' ? dim : (bindings.get(dim) ?? 0)))
}

/** One name for each level of nesting that the first elements show: all that a model of undeclared rank says. */
function unnamedDims(value: unknown, pointer: string): readonly string[] {
  const dims: string[] = []
  for (let level = value; Array.isArray(level); level = level[0]) {
    if (dims.length === MAX_RANK) throw new InvalidInput({ pointer, detail: `nested deeper than ${MAX_RANK} arrays` })
    // A name that no model can declare, so that it binds within this tensor only.
    dims.push(`\0${pointer}/${dims.length}`)
  }
  return dims
}

function expectation(spec: TensorSpec, axis: number): string {
  return `"${spec.name}" is ${showShape(spec.shape)}, dimension ${axis}`
}
