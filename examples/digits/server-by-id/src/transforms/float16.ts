/** IEEE 754 half precision: 1 sign bit, 5 exponent bits, 10 mantissa bits. The largest finite value is 65504. */
const SIGN = 0x8000
const INFINITY = 0x7c00
const QUIET_NAN = 0x7e00
/** From here on, rounding to nearest gives Infinity. */
const OVERFLOW = 65520
const SMALLEST_NORMAL = 2 ** -14

/** The bits of the half nearest to `value`, ties to even; Infinity from 65520 on. Rounds once, straight from the double. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return QUIET_NAN
  const sign = value < 0 || Object.is(value, -0) ? SIGN : 0
  const size = Math.abs(value)
  if (size >= OVERFLOW) return sign | INFINITY
  if (size < SMALLEST_NORMAL) return sign | roundHalfToEven(size * 2 ** 24)
  const exponent = exponentOf(size)
  const mantissa = roundHalfToEven(size * 2 ** (10 - exponent))
  // The mantissa has its hidden bit, 1024; rounded up to 2048, it carries into the exponent by this addition.
  return sign | (((exponent + 14) << 10) + mantissa)
}

/** The value of a half's bits, exactly. */
export function fromFloat16(bits: number): number {
  const sign = bits & SIGN ? -1 : 1
  const exponent = (bits & INFINITY) >> 10
  const mantissa = bits & 0x3ff
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + mantissa) * 2 ** (exponent - 25)
}

/** floor(log2(size)) of a normal half; Math.log2 itself may round up just below a power of two. */
function exponentOf(size: number): number {
  const guess = Math.floor(Math.log2(size))
  return 2 ** guess > size ? guess - 1 : guess
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return rest > 0.5 ? below + 1 : below
  return below % 2 === 0 ? below : below + 1
}
