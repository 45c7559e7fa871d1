package inferenceserver.edge.image

import java.nio.ByteBuffer

/** A frame as a camera gives it: 4 bytes for each pixel (red, green, blue, alpha), rows that may be padded, lying as the sensor does. */
class Frame(
    val width: Int,
    val height: Int,
    val bytes: ByteBuffer,
    val rowStride: Int,
    /** How far to turn it clockwise to stand upright: 0, 90, 180 or 270 degrees. */
    val rotation: Int,
)

/** The frame upright and without alpha: what the decoder of the server makes of a photograph. */
fun uprightImage(frame: Frame): Image {
    val isTurned = frame.rotation % 180 != 0
    val image = if (isTurned) Image(frame.height, frame.width, 3) else Image(frame.width, frame.height, 3)
    val walk = walkOf(frame)
    var out = 0
    for (y in 0 until image.height) {
        var at = walk.start + y * walk.down
        for (x in 0 until image.width) {
            for (channel in 0 until 3) image.data[out++] = frame.bytes.get(at + channel)
            at += walk.right
        }
    }
    return image
}

/** Where in the frame the upright image begins, and how many bytes on its pixel to the right and its pixel below are. */
private class Walk(
    val start: Int,
    val right: Int,
    val down: Int,
)

private fun walkOf(frame: Frame): Walk {
    val stride = frame.rowStride
    val lastColumn = (frame.width - 1) * 4
    val lastRow = (frame.height - 1) * stride
    return when (frame.rotation) {
        0 -> Walk(0, 4, stride)
        90 -> Walk(lastRow, -stride, 4)
        180 -> Walk(lastRow + lastColumn, -4, -stride)
        270 -> Walk(lastColumn, stride, -4)
        else -> throw IllegalArgumentException("a frame cannot be turned by ${frame.rotation} degrees")
    }
}
