package inferenceserver.edge.image

/** The pixel that lies under the middle of each output pixel, as Pillow's `Image.resize` with NEAREST. */
fun resizeNearest(
    image: Image,
    columns: Axis,
    rows: Axis,
): Image {
    val xs = nearestPixels(columns)
    val ys = nearestPixels(rows)
    val result = Image(xs.size, ys.size, image.channels)
    var out = 0
    for (y in ys) {
        for (x in xs) {
            val at = (y * image.width + x) * image.channels
            for (channel in 0 until image.channels) result.data[out++] = image.data[at + channel]
        }
    }
    return result
}

/** Adds the step up instead of multiplying: Pillow does, and the two differ in the last bit, so sometimes by a pixel. */
private fun nearestPixels(axis: Axis): IntArray {
    val pixels = IntArray(axis.end - axis.start)
    val step = axis.from.toDouble() / axis.to
    var position = step * 0.5
    for (index in 0 until axis.end) {
        if (index >= axis.start) pixels[index - axis.start] = minOf(position.toInt(), axis.from - 1)
        position += step
    }
    return pixels
}
