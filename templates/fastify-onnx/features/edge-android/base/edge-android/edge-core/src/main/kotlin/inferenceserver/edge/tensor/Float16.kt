package inferenceserver.edge.tensor

import kotlin.math.abs
import kotlin.math.pow

/** IEEE 754 half precision: 1 sign bit, 5 exponent bits, 10 mantissa bits. The largest finite value is 65504. */
private const val SIGN = 0x8000
private const val INFINITY = 0x7c00
private const val QUIET_NAN = 0x7e00

/** From here on, rounding to nearest gives Infinity. */
private const val OVERFLOW = 65520.0
private val SMALLEST_NORMAL = 2.0.pow(-14)

/** The bits of the half nearest to [value], ties to even; Infinity from 65520 on. Rounds once, straight from the double. */
fun toFloat16(value: Double): Int {
    if (value.isNaN()) return QUIET_NAN
    val sign = if (value < 0 || value.equals(-0.0)) SIGN else 0
    val size = abs(value)
    if (size >= OVERFLOW) return sign or INFINITY
    if (size < SMALLEST_NORMAL) return sign or Math.rint(size * 2.0.pow(24)).toInt()
    val exponent = Math.getExponent(size)
    val mantissa = Math.rint(size * 2.0.pow(10 - exponent)).toInt()
    // The mantissa has its hidden bit, 1024; rounded up to 2048, it carries into the exponent by this addition.
    return sign or (((exponent + 14) shl 10) + mantissa)
}

/** The value of a half's bits, exactly. */
fun fromFloat16(bits: Int): Double {
    val sign = if (bits and SIGN == 0) 1.0 else -1.0
    val exponent = (bits and INFINITY) shr 10
    val mantissa = bits and 0x3ff
    return when (exponent) {
        0 -> sign * mantissa * 2.0.pow(-24)
        31 -> if (mantissa == 0) sign * Double.POSITIVE_INFINITY else Double.NaN
        else -> sign * (1024 + mantissa) * 2.0.pow(exponent - 25)
    }
}
