import { CODECS, describe, type EachElement, Refusal } from './elements.ts'
import { extendPointer, type Fault, InvalidInput } from './errors.ts'
import { type Bindings, bindShape, type Place } from './shape.ts'
import type { Tensor, TensorSpec, Tensors } from './types.ts'

/**
 * A request's `data` as tensors. One input: its nested arrays. Several: an object of them by name. None: `{}`.
 * Everything is checked against `specs`: names, ranks, sizes (one name of a size is one size throughout), raggedness,
 * types and ranges. Throws InvalidInput with JSON pointers.
 */
export function decodeInputs(data: unknown, specs: readonly TensorSpec[], pointer = '/data'): Tensors {
  const bindings: Bindings = new Map()
  const [only] = specs
  if (only && specs.length === 1) return { [only.name]: decodeTensor(data, only, { pointer, bindings }) }
  const values = valuesByName(data, specs, pointer)
  return Object.fromEntries(
    specs.map((spec, index) => {
      const place = { pointer: extendPointer(pointer, spec.name), bindings }
      return [spec.name, decodeTensor(values[index], spec, place)]
    }),
  )
}

/** Nested arrays as one tensor: first its shape, then each element is converted once, straight into its place. */
export function decodeTensor(value: unknown, spec: TensorSpec, place: Place): Tensor {
  const shape = bindShape(value, spec, place)
  try {
    return CODECS[spec.dtype].decode(shape, elementsOf(value, shape.length))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const pointer = extendPointer(place.pointer, ...indicesOf(error.index, shape))
    throw new InvalidInput({ pointer, detail: error.message })
  }
}

/** In the order of `specs`; names that are missing or not the model's are reported all at once. */
function valuesByName(data: unknown, specs: readonly TensorSpec[], pointer: string): readonly unknown[] {
  const names = specs.map((spec) => spec.name)
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    const expected = names.length === 0 ? 'no entries' : `the entries ${names.map((name) => `"${name}"`).join(', ')}`
    throw new InvalidInput({ pointer, detail: `expected an object with ${expected}, got ${describe(data)}` })
  }
  const given = new Map<string, unknown>(Object.entries(data))
  const [fault, ...more]: readonly Fault[] = [
    ...names.filter((name) => !given.has(name)).map((name) => ({ name, detail: 'this input of the model is missing' })),
    ...[...given.keys()]
      .filter((name) => !names.includes(name))
      .map((name) => ({ name, detail: 'the model has no input of this name' })),
  ].map(({ name, detail }) => ({ pointer: extendPointer(pointer, name), detail }))
  if (fault) throw new InvalidInput(fault, ...more)
  return names.map((name) => given.get(name))
}

function elementsOf(value: unknown, rank: number): EachElement {
  return (put) => {
    function visit(level: unknown, depth: number): void {
      // bindShape has seen arrays on all levels; what lies below them is an element, whatever it is.
      if (depth === 0 || !Array.isArray(level)) put(level)
      else for (const inner of level) visit(inner, depth - 1)
    }
    visit(value, rank)
  }
}

/** Flat index 5 of the shape [2, 4] is [1, 1]. */
function indicesOf(index: number, shape: readonly number[]): readonly number[] {
  const indices: number[] = []
  let rest = index
  for (const dim of [...shape].reverse()) {
    indices.unshift(rest % dim)
    rest = Math.floor(rest / dim)
  }
  return indices
}
