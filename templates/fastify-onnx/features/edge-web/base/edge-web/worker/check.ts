import { numbersOf } from '../../src/transforms/elements.ts'
import type { Tensor, Tensors } from '../../src/transforms/types.ts'
import { bytesPerElement, viewMemory } from '../../src/transforms/views.ts'
import { urlOf } from '../app.ts'
import { loadGolden, type Vector } from '../golden.ts'
import type { Checked, Input } from '../messages.ts'
import { infer, steps } from './model.ts'
import { decode, rank } from './predict.ts'
import type { Session } from './session.ts'
import { sha256 } from './sha256.ts'

/** Computes every golden vector here, and compares it with what the server had made of it. */
export async function check(session: Session): Promise<Checked[]> {
  const { vectors } = await loadGolden()
  const checked: Checked[] = []
  for (const vector of vectors) checked.push(await checkVector(session, vector))
  return checked
}

async function checkVector(session: Session, vector: Vector): Promise<Checked> {
  const tensors = steps.preprocess(await decode(await inputOf(vector)))
  const sameBits = await hasBitsOf(tensors, vector)
  const outputs = await infer(session, tensors)
  const [row] = vector.top ? (rank(steps.postprocess(outputs), 1) ?? []) : []
  return {
    name: vector.name,
    sameBits,
    sameBitsFromPixels: sameBits || !vector.pixels ? null : await hasBitsOf(await fromPixels(vector.pixels), vector),
    maxError: Math.max(
      0,
      ...Object.entries(vector.outputs).map(([name, expected]) => errorOf(outputs[name], expected)),
    ),
    sameTop: row?.[0]?.label === vector.top?.[0]?.label,
  }
}

/** A golden vector as what a person would give. */
export async function inputOf({ name, file, data }: Vector): Promise<Input> {
  if (file !== undefined) return { kind: 'image', image: await fetchBlob(file) }
  if (data === undefined) throw new Error(`the golden vector ${name} has neither a file nor data`)
  return { kind: 'data', data }
}

async function fetchBlob(file: string): Promise<Blob> {
  const response = await fetch(urlOf(file))
  if (!response.ok) throw new Error(`${file}: ${response.status}`)
  return response.blob()
}

async function fromPixels({ width, height, file }: NonNullable<Vector['pixels']>): Promise<Tensors> {
  const data = new Uint8Array(await (await fetchBlob(file)).arrayBuffer())
  return steps.preprocess([{ width, height, channels: 3, data }])
}

async function hasBitsOf(tensors: Tensors, { tensors: expected }: Vector): Promise<boolean> {
  const same = await Promise.all(
    Object.entries(expected).map(async ([name, { sha256: hash }]) => {
      const tensor = tensors[name]
      return tensor !== undefined && (await sha256(bytesOf(tensor))) === hash
    }),
  )
  return same.every(Boolean)
}

/** Little-endian, as the processors are that run browsers. */
function bytesOf({ data }: Tensor): Uint8Array<ArrayBuffer> {
  if (!ArrayBuffer.isView(data)) return new TextEncoder().encode(data.map((text) => `${text}\0`).join(''))
  return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

/** The largest difference of an element; infinite where they cannot be compared. */
function errorOf(actual: Tensor | undefined, described: Vector['outputs'][string]): number {
  const { dtype, shape, data } = described
  if (actual?.dtype !== dtype || actual.shape.join() !== shape.join()) return Number.POSITIVE_INFINITY
  const expected = expectedTensor(described)
  if (expected === null) return String(actual.data) === String(data) ? 0 : Number.POSITIVE_INFINITY
  const numbers = numbersOf(expected)
  const differences = numbersOf(actual).map((value, index) => difference(value, numbers[index] ?? Number.NaN))
  return differences.reduce((largest, each) => Math.max(largest, each), 0)
}

/** What the server had written down; null for strings. */
export function expectedTensor({ dtype, shape, data }: Vector['outputs'][string]): Tensor | null {
  if (dtype === 'string' || typeof data !== 'string') return null
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  return { dtype, shape, data: viewMemory(dtype, bytes.buffer, 0, bytes.length / bytesPerElement(dtype)) }
}

function difference(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0
  return Number.isNaN(a - b) ? Number.POSITIVE_INFINITY : Math.abs(a - b)
}
