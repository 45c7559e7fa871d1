/** A tensor seen as (outer, channels, inner), row-major: each channel has a scale of its own. */
export interface Channels {
  readonly outer: number
  readonly channels: number
  readonly inner: number
}

/** `codes[i] * scales[channel of i]` is nearly what was there. */
export interface Quantized {
  readonly codes: Int8Array
  readonly scales: Float32Array
  /** The largest distance of a value from what its code stands for. */
  readonly maxError: number
}

/** Symmetric: -128 is not used, so that zero is zero. */
const LARGEST_CODE = 127
/** Smaller scales are denormal numbers, which are coarse, slow, and zero on some devices. Channels of zeros get this one. */
const SMALLEST_SCALE = 2 ** -126

/** The axis of a shape as the middle one of three. */
export function viewChannels(shape: readonly number[], axis: number): Channels {
  const product = (dims: readonly number[]) => dims.reduce((size, dim) => size * dim, 1)
  return { outer: product(shape.slice(0, axis)), channels: shape[axis] ?? 1, inner: product(shape.slice(axis + 1)) }
}

/** Symmetric 8-bit codes of finite values: the largest of each channel becomes 127, and none is off by more than half a step. */
export function quantize(values: Float32Array, view: Channels): Quantized {
  const scales = findScales(values, view)
  const codes = new Int8Array(values.length)
  let maxError = 0
  eachRun(view, (channel, start, end) => {
    const scale = scales[channel] ?? 1
    for (let i = start; i < end; i += 1) {
      const value = values[i] ?? 0
      const code = Math.round(value / scale)
      codes[i] = code
      maxError = Math.max(maxError, Math.abs(value - Math.fround(code * scale)))
    }
  })
  return { codes, scales, maxError }
}

function findScales(values: Float32Array, view: Channels): Float32Array {
  const largest = new Float32Array(view.channels)
  eachRun(view, (channel, start, end) => {
    let most = largest[channel] ?? 0
    for (let i = start; i < end; i += 1) most = Math.max(most, Math.abs(values[i] ?? 0))
    largest[channel] = most
  })
  return largest.map((most) => Math.max(most / LARGEST_CODE, SMALLEST_SCALE))
}

/** The ranges of elements that lie together and belong to one channel, in order. */
function eachRun({ outer, channels, inner }: Channels, visit: (channel: number, start: number, end: number) => void) {
  let start = 0
  for (let block = 0; block < outer; block += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      visit(channel, start, start + inner)
      start += inner
    }
  }
}
