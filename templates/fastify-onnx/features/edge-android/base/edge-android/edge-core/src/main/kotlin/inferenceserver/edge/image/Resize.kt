package inferenceserver.edge.image

/**
 * Pillow's `Image.resize`, bit for bit: one direction, then the other, rounded to bytes in between, and with antialias, which
 * means that a filter spans all the input pixels of an output pixel when an image shrinks.
 * With [window] only that part of the result is computed: the same pixels as cut out of the whole.
 */
fun resize(
    image: Image,
    size: Size,
    resample: Resample,
    window: Window = Window(0, 0, size.height, size.width),
): Image {
    val columns = Axis(image.width, size.width, window.left, window.left + window.width)
    val rows = Axis(image.height, size.height, window.top, window.top + window.height)
    if (resample == Resample.NEAREST) return resizeNearest(image, columns, rows)

    val horizontal = weightsFor(columns, resample)
    val vertical = weightsFor(rows, resample)
    if (isVerticalFirst(image, size)) {
        val flat = flatten(image, vertical, top = 0)
        return squeeze(flat, horizontal, Rows(0, flat.height))
    }
    val needed = neededRows(vertical)
    return flatten(squeeze(image, horizontal, needed), vertical, needed.top)
}

/**
 * The order decides about rounding in between. Pillow 13 goes vertically first when the height shrinks by more than twice as
 * much as the width does (python-pillow/Pillow#9549); older ones never do, and differ here and only here.
 */
private fun isVerticalFirst(
    image: Image,
    size: Size,
): Boolean {
    val shrunkRows = image.height - size.height
    val shrunkColumns = image.width - size.width
    return shrunkRows > 0 && shrunkRows > 2 * shrunkColumns
}

/** The input rows that any of the output rows looks at. */
private fun neededRows(vertical: Weights): Rows {
    val top = vertical.first.first()
    return Rows(top, vertical.first.last() + vertical.taps.last() - top)
}
