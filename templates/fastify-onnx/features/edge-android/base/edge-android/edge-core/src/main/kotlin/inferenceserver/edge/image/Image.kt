package inferenceserver.edge.image

/**
 * Pixels as rows from the top, in each row from the left, [channels] bytes for each: red, green, blue; or one of gray.
 * Bytes are unsigned: read them through [at].
 */
class Image(
    val width: Int,
    val height: Int,
    val channels: Int,
    val data: ByteArray = ByteArray(width * height * channels),
) {
    init {
        require(width > 0 && height > 0) { "an image of $width x $height pixels" }
        require(channels == 1 || channels == 3) { "an image of $channels channels" }
        require(data.size == width * height * channels) {
            "${data.size} bytes are not $width x $height pixels of $channels channels"
        }
    }

    fun at(index: Int): Int = data[index].toInt() and 0xff
}

/** Height first, as in the shape of a tensor. */
data class Size(
    val height: Int,
    val width: Int,
)

/** A part of a larger image that does not exist as a whole: where it begins, and how large it is. */
data class Window(
    val top: Int,
    val left: Int,
    val height: Int,
    val width: Int,
)
