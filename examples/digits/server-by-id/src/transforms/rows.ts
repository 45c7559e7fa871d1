import { CODECS, sizeOf } from './elements.ts'
import { InvalidInput } from './errors.ts'
import type { Tensor, TensorSpec, Tensors } from './types.ts'

/** The specs that N rows are checked against: a fixed leading 1 becomes free, as those rows run one by one. */
export function rowSpecs(specs: readonly TensorSpec[]): readonly TensorSpec[] {
  return specs.map((spec) => {
    const [leading, ...rest] = spec.shape ?? []
    return leading === 1 ? { ...spec, shape: ['(rows)', ...rest] } : spec
  })
}

/** N of tensors that hold N rows each. Throws InvalidInput when there are none, or not equally many. */
export function countRows(tensors: Tensors, pointer = '/data'): number {
  const [first = 0, ...others] = Object.values(tensors).map((tensor) => tensor.shape[0] ?? 0)
  if (others.some((count) => count !== first)) {
    const counts = Object.entries(tensors).map(([name, { shape }]) => `"${name}" has ${shape[0]}`)
    throw new InvalidInput({ pointer, detail: `all inputs need the same number of rows: ${counts.join(', ')}` })
  }
  if (first === 0) throw new InvalidInput({ pointer, detail: 'expected at least one row' })
  return first
}

/** Rows start (included) to end (excluded), copied. */
export function sliceRows(tensor: Tensor, start: number, end: number): Tensor {
  const [, ...row] = tensor.shape
  const size = sizeOf(row)
  return { dtype: tensor.dtype, shape: [end - start, ...row], data: tensor.data.slice(start * size, end * size) }
}

/** The same rows without a copy: they change with the tensor, and keep all of it in memory. Strings are copied. */
export function viewRows(tensor: Tensor, start: number, end: number): Tensor {
  const { dtype, data } = tensor
  if (!ArrayBuffer.isView(data)) return sliceRows(tensor, start, end)
  const [, ...row] = tensor.shape
  const size = sizeOf(row)
  return { dtype, shape: [end - start, ...row], data: data.subarray(start * size, end * size) }
}

/** The rows of all parts in order. Parts differ in their leading size only. */
export function concatRows(parts: readonly [Tensor, ...Tensor[]]): Tensor {
  const [{ dtype, shape }] = parts
  const rows = parts.reduce((count, part) => count + (part.shape[0] ?? 0), 0)
  const whole = [rows, ...shape.slice(1)]
  if (dtype === 'string') return { dtype, shape: whole, data: parts.flatMap((part) => Array.from(part.data, String)) }
  const data = CODECS[dtype].allocate(sizeOf(whole))
  // All parts are of this dtype, which the type of `data` cannot say.
  const target: Settable = data
  let offset = 0
  for (const part of parts) {
    target.set(part.data, offset)
    offset += part.data.length
  }
  return { dtype, shape: whole, data }
}

interface Settable {
  set(elements: ArrayLike<unknown>, offset: number): void
}
