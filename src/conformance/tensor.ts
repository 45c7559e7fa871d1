import { codecOf, type Element, isSameElement } from './datatypes.ts'

/** A tensor as the protocol names it, its elements in row-major order. */
export interface Tensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly elements: readonly Element[]
}

export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** [-1] is one dimension, or what some servers make of a rank that the model does not declare: the protocol has no word for it. */
export function mayBeAnyRank(declared: readonly number[]): boolean {
  return declared.length === 1 && declared[0] === -1
}

/** As the binary extension has it: little-endian, without gaps; of BYTES each element behind its length (uint32). */
export function toBytes({ datatype, elements }: Tensor): Buffer {
  const codec = codecOf(datatype)
  if (codec === undefined) return Buffer.concat(elements.map((element) => withLength(String(element))))
  const view = new DataView(new ArrayBuffer(codec.size * elements.length))
  for (const [index, element] of elements.entries()) codec.write(view, index * codec.size, element)
  return Buffer.from(view.buffer)
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The elements of so many bytes; undefined when they are no whole number of them. */
export function fromBytes(bytes: Buffer, datatype: string): Element[] | undefined {
  const codec = codecOf(datatype)
  if (codec === undefined) return readStrings(bytes)
  if (bytes.length % codec.size !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / codec.size }, (_, index) => codec.read(view, index * codec.size))
}

function readStrings(bytes: Buffer): Element[] | undefined {
  const texts: string[] = []
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + 4 > bytes.length) return undefined
    const end = offset + 4 + bytes.readUInt32LE(offset)
    if (end > bytes.length) return undefined
    texts.push(bytes.toString('utf8', offset + 4, end))
    offset = end
  }
  return texts
}

/** What JSON carries of the elements, flat. */
export function toJson({ elements }: Tensor): unknown[] {
  return elements.map((element) => {
    if (typeof element !== 'bigint') return element
    const number = Number(element)
    return Number.isSafeInteger(number) ? number : String(element)
  })
}

/** The same, nested as the shape; a scalar stays an array of one, as `data` is always an array. */
export function toNestedJson(tensor: Tensor): unknown[] {
  let level = toJson(tensor)
  for (const size of tensor.shape.slice(1).reverse()) {
    const flat = level
    const rows = size === 0 ? 0 : flat.length / size
    level = Array.from({ length: rows }, (_, row) => flat.slice(row * size, (row + 1) * size))
  }
  return level
}

/** Rows of one under those of the other, along the leading dimension. */
export function concatRows(a: Tensor, b: Tensor): Tensor {
  const [rows = 0, ...rest] = a.shape
  return { ...a, shape: [rows + (b.shape[0] ?? 0), ...rest], elements: [...a.elements, ...b.elements] }
}

/** The same elements the other way round: other data that the model can most likely take too. */
export function reverse(tensor: Tensor): Tensor {
  return { ...tensor, elements: tensor.elements.toReversed() }
}

/** Where they differ, as `{expected, got}`; undefined: they are the same. */
export function findDifference(expected: Tensor, got: Tensor): { expected: string; got: string } | undefined {
  const heads = [expected, got].map(({ name, datatype, shape }) => `${name} ${datatype} [${shape}]`)
  const [wanted = '', actual = ''] = heads
  if (wanted !== actual) return { expected: wanted, got: actual }
  const index = expected.elements.findIndex((one, at) => !isSameElement(one, got.elements[at], expected.datatype))
  if (index < 0) return undefined
  const show = ({ elements }: Tensor) => `element ${index} of "${expected.name}" is ${elements[index]}`
  return { expected: show(expected), got: show(got) }
}
