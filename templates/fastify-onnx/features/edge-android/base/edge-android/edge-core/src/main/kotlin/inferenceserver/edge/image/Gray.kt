package inferenceserver.edge.image

/** The bytes that the model looks at; the order of red and blue is a matter of [stackImages]. */
fun toChannels(
    image: Image,
    channels: Channels,
): Image = if (channels == Channels.GRAY) toGray(image) else image

/**
 * One byte of luma for each pixel, as Pillow's `convert('L')`: (19595 R + 38470 G + 7471 B) / 2^16, rounded
 * (ITU-R 601-2). An image that is gray already comes back as it is.
 */
fun toGray(image: Image): Image {
    if (image.channels == 1) return image
    val gray = Image(image.width, image.height, 1)
    for (pixel in gray.data.indices) {
        val at = pixel * 3
        val luma = 19595 * image.at(at) + 38470 * image.at(at + 1) + 7471 * image.at(at + 2)
        gray.data[pixel] = ((luma + 0x8000) shr 16).toByte()
    }
    return gray
}
