package inferenceserver.edge.image

import kotlin.math.abs
import kotlin.math.ceil
import kotlin.math.max
import kotlin.math.min

/** The weights of the input pixels `first`, `first + 1`, ... for each output pixel, in units of 2^-22. */
class Weights(
    /** How many output pixels. */
    val count: Int,
    /** The first input pixel of each output pixel. */
    val first: IntArray,
    /** How many input pixels each has. */
    val taps: IntArray,
    /** [stride] weights for each output pixel, of which the first [taps] count. */
    val values: IntArray,
    val stride: Int,
)

/** One axis: [from] pixels become [to], of which [start, end) are wanted. */
data class Axis(
    val from: Int,
    val to: Int,
    val start: Int,
    val end: Int,
)

/** 32 bits less 8 of a pixel less 2 of room for sums beyond white and below black: Pillow's PRECISION_BITS. */
const val PRECISION_BITS = 22

private class Filter(
    /** The filter is 0 at this distance and beyond, in output pixels when shrinking. */
    val support: Double,
    val weigh: (Double) -> Double,
)

private val FILTERS =
    mapOf(
        Resample.BILINEAR to Filter(1.0, ::triangle),
        Resample.BICUBIC to Filter(2.0, ::cubic),
        Resample.LANCZOS to Filter(3.0, ::lanczos),
    )

/** More than the axes of a few cameras; a table is at most some hundred kilobytes. */
private const val MOST_TABLES = 32

private val tables =
    object : LinkedHashMap<Pair<Resample, Axis>, Weights>(MOST_TABLES, 0.75f, true) {
        override fun removeEldestEntry(eldest: Map.Entry<Pair<Resample, Axis>, Weights>) = size > MOST_TABLES
    }

/** The table of an axis: made once, kept while it is among the last used. */
fun weightsFor(
    axis: Axis,
    kernel: Resample,
): Weights =
    synchronized(tables) {
        tables.getOrPut(kernel to axis) { computeWeights(axis, FILTERS.getValue(kernel)) }
    }

/** `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow (src/libImaging/Resample.c): the filter grows when shrinking. */
private fun computeWeights(
    axis: Axis,
    filter: Filter,
): Weights {
    val scale = axis.from.toDouble() / axis.to
    val stretch = max(scale, 1.0)
    val support = filter.support * stretch
    val count = axis.end - axis.start
    val stride = ceil(support).toInt() * 2 + 1
    val weights = Weights(count, IntArray(count), IntArray(count), IntArray(count * stride), stride)
    for (index in 0 until count) {
        val center = (axis.start + index + 0.5) * scale
        val low = max(0, (center - support + 0.5).toInt())
        val high = min(axis.from, (center + support + 0.5).toInt())
        val raw = DoubleArray(high - low) { tap -> filter.weigh((tap + low - center + 0.5) * (1 / stretch)) }
        // Added up from the left, as there: another order rounds in other places.
        val sum = raw.fold(0.0) { total, weight -> total + weight }
        weights.first[index] = low
        weights.taps[index] = raw.size
        raw.forEachIndexed { tap, weight ->
            weights.values[index * stride + tap] = toFixedPoint(if (sum == 0.0) weight else weight / sum)
        }
    }
    return weights
}

private fun toFixedPoint(weight: Double): Int {
    val scaled = weight * (1 shl PRECISION_BITS)
    return (if (scaled < 0) scaled - 0.5 else scaled + 0.5).toInt()
}

private fun triangle(distance: Double): Double {
    val x = abs(distance)
    return if (x < 1) 1 - x else 0.0
}

/** Keys' cubic with a = -0.5. The order of the operations is Pillow's: another one rounds in other places. */
private fun cubic(distance: Double): Double {
    val a = -0.5
    val x = abs(distance)
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
    return if (x < 2) (((x - 5) * x + 8) * x - 4) * a else 0.0
}

private fun lanczos(x: Double): Double = if (-3 <= x && x < 3) sinc(x) * sinc(x / 3) else 0.0

/** StrictMath gives the same bits on every device, as the sine of the server's JavaScript does. */
private fun sinc(x: Double): Double = if (x == 0.0) 1.0 else StrictMath.sin(x * Math.PI) / (x * Math.PI)
