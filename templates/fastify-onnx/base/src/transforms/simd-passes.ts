import { blankImage, type Image } from './image.ts'
import type { Weights } from './kernels.ts'
import { PASSES_WASM } from './passes-wasm.ts'
import type { Passes } from './plain-passes.ts'

/** What wasm/passes.ts exports. Addresses and sizes are bytes of its memory. */
interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  squeezeColour(...args: PassArguments): void
  squeezeGray(...args: PassArguments): void
  /** The third is the row of the image with which the source begins. */
  flatten(...args: PassArguments): void
}

type PassArguments = [
  source: number,
  bytesPerRow: number,
  rows: number,
  target: number,
  count: number,
  first: number,
  taps: number,
  values: number,
  stride: number,
]

/** Node and browsers have it; the types of neither say so for both. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const PAGE = 65_536
/** The kernels may read and write so many bytes more than they should. */
const PADDING = 16
/** Images go through in strips of about this size: whatever is sent, the memory stays small. */
const STRIP_BYTES = 2 ** 18

/** The passes in WebAssembly with SIMD, ten times as fast; null where that is not to be had (an old processor or browser, a CSP). */
export function openSimdPasses(): Passes | null {
  let kernels: Kernels
  try {
    const bytes = Uint8Array.from(atob(PASSES_WASM), (character) => character.charCodeAt(0))
    // Its exports are those of wasm/passes.ts, which no type of WebAssembly can say.
    kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as Kernels
  } catch {
    return null
  }
  return {
    squeeze(image, weights, rows) {
      const result = blankImage({ width: weights.count, height: rows.height, channels: image.channels })
      const [bytesIn, bytesOut] = [bytesPerRow(image), bytesPerRow(result)]
      const strip = Math.min(rows.height, Math.max(1, Math.floor(STRIP_BYTES / bytesIn)))
      const { memory, tables, source, target } = place(kernels, weights, strip * bytesIn, strip * bytesOut)
      const squeezeRows = image.channels === 3 ? kernels.squeezeColour : kernels.squeezeGray
      for (let row = 0; row < rows.height; row += strip) {
        const height = Math.min(strip, rows.height - row)
        const start = (rows.top + row) * bytesIn
        memory.set(image.data.subarray(start, start + height * bytesIn), source)
        squeezeRows(source, bytesIn, height, target, weights.count, ...tables, weights.stride)
        result.data.set(memory.subarray(target, target + height * bytesOut), row * bytesOut)
      }
      return result
    },
    flatten(image, weights, top) {
      const result = blankImage({ ...image, height: weights.count })
      const bytes = bytesPerRow(image)
      const strip = rowsPerStrip(weights, bytes)
      const span = Math.max(...starts(weights, strip).map((row) => neededBy(weights, row, strip).height))
      const { memory, tables, source, target } = place(kernels, weights, span * bytes, strip * bytes)
      const [first, taps, values] = tables
      for (const row of starts(weights, strip)) {
        const count = Math.min(strip, weights.count - row)
        const needed = neededBy(weights, row, strip)
        const start = (needed.top - top) * bytes
        memory.set(image.data.subarray(start, start + needed.height * bytes), source)
        const [firstOf, tapsOf, valuesOf] = [first + row * 4, taps + row * 4, values + row * weights.stride * 4]
        kernels.flatten(source, bytes, needed.top, target, count, firstOf, tapsOf, valuesOf, weights.stride)
        result.data.set(memory.subarray(target, target + count * bytes), row * bytes)
      }
      return result
    },
  }
}

function bytesPerRow({ width, channels }: Image): number {
  return width * channels
}

/** Output rows whose input is about a strip. */
function rowsPerStrip({ count, first, taps }: Weights, bytes: number): number {
  const all = (first[count - 1] ?? 0) + (taps[count - 1] ?? 0) - (first[0] ?? 0)
  return Math.min(count, Math.max(1, Math.floor((count * STRIP_BYTES) / Math.max(1, all * bytes))))
}

function starts({ count }: Weights, strip: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / strip) }, (_, index) => index * strip)
}

/** The input rows of a strip of output rows. */
function neededBy({ count, first, taps }: Weights, row: number, strip: number): { top: number; height: number } {
  const last = Math.min(count, row + strip) - 1
  const top = first[row] ?? 0
  return { top, height: (first[last] ?? 0) + (taps[last] ?? 0) - top }
}

/** Room for the tables, which are written, and for what goes in and comes out, one behind the other. */
function place({ memory }: Kernels, { first, taps, values }: Weights, bytesIn: number, bytesOut: number) {
  let end = 0
  const reserve = (bytes: number) => {
    const start = end
    end += Math.ceil((bytes + PADDING) / PADDING) * PADDING
    return start
  }
  const arrays = [first, taps, values] as const
  const tables: [number, number, number] = [
    reserve(first.byteLength),
    reserve(taps.byteLength),
    reserve(values.byteLength),
  ]
  const [source, target] = [reserve(bytesIn), reserve(bytesOut)]
  const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE)
  if (missing > 0) memory.grow(missing)
  const bytes = new Uint8Array(memory.buffer)
  for (const [index, array] of arrays.entries()) bytes.set(new Uint8Array(array.buffer), tables[index] ?? 0)
  return { memory: bytes, tables, source, target }
}
