/** The two 16-bit floats as numbers. Node 20 has no Float16Array, and no Node has a bfloat16. */

const view = new DataView(new ArrayBuffer(4))

/** The bits of the nearest bfloat16, ties to even; a NaN stays one. */
export function toBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0
  view.setFloat32(0, value)
  const bits = view.getUint32(0)
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

/** A bfloat16 is the upper half of a float32. */
export function fromBfloat16(bits: number): number {
  view.setUint32(0, (bits << 16) >>> 0)
  return view.getFloat32(0)
}

/** The bits of the nearest float16 (IEEE 754 binary16), ties to even; beyond 65504 it is infinity. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  // Below 2^-14 numbers are multiples of 2^-24; above, there are 10 bits behind the leading one.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)))
  const step = 2 ** (exponent - 10)
  const steps = roundToEven(size / step)
  return sign | (steps + (exponent + 14) * 1024)
}

export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
