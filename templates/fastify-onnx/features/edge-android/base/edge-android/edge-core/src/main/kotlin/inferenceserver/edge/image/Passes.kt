package inferenceserver.edge.image

/** Rows of an image. */
data class Rows(
    val top: Int,
    val height: Int,
)

private const val HALF = 1 shl (PRECISION_BITS - 1)

/** The horizontal pass, over some rows of the image. Sums are fixed-point and rounded to bytes. */
fun squeeze(
    image: Image,
    weights: Weights,
    rows: Rows,
): Image {
    val result = Image(weights.count, rows.height, image.channels)
    for (row in 0 until rows.height) {
        val source = (rows.top + row) * image.width * image.channels
        val target = row * weights.count * image.channels
        for (channel in 0 until image.channels) squeezeRow(image, source + channel, weights, result, target + channel)
    }
    return result
}

private fun squeezeRow(
    image: Image,
    from: Int,
    weights: Weights,
    result: Image,
    to: Int,
) {
    val step = image.channels
    val source = image.data
    for (pixel in 0 until weights.count) {
        val start = pixel * weights.stride
        var sum = HALF
        var at = from + weights.first[pixel] * step
        for (tap in start until start + weights.taps[pixel]) {
            sum += (source[at].toInt() and 0xff) * weights.values[tap]
            at += step
        }
        result.data[to + pixel * step] = toByte(sum)
    }
}

/** The vertical pass, along whole rows, as memory lies, of an image whose first row is the row [top] of the original. */
fun flatten(
    image: Image,
    weights: Weights,
    top: Int,
): Image {
    val result = Image(image.width, weights.count, image.channels)
    val bytes = image.width * image.channels
    val sums = IntArray(bytes)
    for (row in 0 until weights.count) {
        sums.fill(HALF)
        for (tap in 0 until weights.taps[row]) {
            addRow(sums, image.data, (weights.first[row] + tap - top) * bytes, weights.values[row * weights.stride + tap])
        }
        for (at in 0 until bytes) result.data[row * bytes + at] = toByte(sums[at])
    }
    return result
}

private fun addRow(
    sums: IntArray,
    source: ByteArray,
    start: Int,
    weight: Int,
) {
    for (at in sums.indices) sums[at] += (source[start + at].toInt() and 0xff) * weight
}

private fun toByte(sum: Int): Byte = (sum shr PRECISION_BITS).coerceIn(0, 255).toByte()
