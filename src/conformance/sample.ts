import type { Element } from './datatypes.ts'
import type { ModelMetadata, TensorMetadata } from './protocol.ts'
import { countElements, type Tensor } from './tensor.ts'

/** Element number `index` of a kind of data, as a number. */
type Fill = (index: number) => number

/** Small, so that they are in range where a model takes them for indices; all zeros or all ones fail in some models. */
const FILLS: readonly Fill[] = [(index) => (index % 5) / 4, () => 1, () => 0]

/** What stands for a size that may vary. */
const SIZES = [1, 2] as const

/** Inputs made from the metadata, the most telling first: what the model refuses, the next may not be. */
export function candidates({ inputs }: ModelMetadata): Tensor[][] {
  return SIZES.flatMap((size) => FILLS.map((fill) => inputs.map((input) => makeTensor(input, size, fill))))
}

function makeTensor({ name, datatype, shape: declared }: TensorMetadata, size: number, fill: Fill): Tensor {
  const shape = declared.map((dim) => (dim === -1 ? size : dim))
  const elements = Array.from({ length: countElements(shape) }, (_, index) => makeElement(datatype, fill(index)))
  return { name, datatype, shape, elements }
}

function makeElement(datatype: string, value: number): Element {
  if (datatype === 'BYTES') return value === 0 ? '0' : `ü${value}`
  if (datatype === 'BOOL') return value >= 0.5
  if (datatype === 'INT64' || datatype === 'UINT64') return BigInt(Math.round(value))
  return /^U?INT/.test(datatype) ? Math.round(value) : value
}
