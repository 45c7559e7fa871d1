package inferenceserver.edge.image

import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.Tensor
import inferenceserver.edge.tensor.toFloat16

/**
 * Images of one size as one tensor, a row for each: (pixel/255 - mean)/std in float32 arithmetic and in that order, as NumPy
 * and torchvision do; float16 is that, rounded. uint8 takes the bytes as they are.
 */
fun stackImages(
    images: List<Image>,
    spec: ImageSpec,
    dtype: Dtype,
): Tensor {
    val (height, width) = spec.size
    val channels = if (spec.channels == Channels.GRAY) 1 else 3
    val pixels = height * width
    val isPlanar = spec.layout == Layout.NCHW
    val shape = if (isPlanar) listOf(channels, height, width) else listOf(height, width, channels)
    val tensor = Tensor.allocate(dtype, listOf(images.size) + shape)
    images.forEachIndexed { row, image ->
        for (channel in 0 until channels) {
            val from = Every(if (spec.channels == Channels.BGR) 2 - channel else channel, channels)
            val start = row * pixels * channels
            val to = if (isPlanar) Every(start + channel * pixels, 1) else Every(start + channel, channels)
            translate(image, from, valuesOfBytes(channel, spec), tensor, to)
        }
    }
    return tensor
}

/** Every how many elements of an array, beginning with which. */
private class Every(
    val first: Int,
    val step: Int,
)

/** Bytes to the values of a table: looked up, it costs nothing to divide exactly. */
private fun translate(
    image: Image,
    from: Every,
    values: FloatArray,
    tensor: Tensor,
    to: Every,
) {
    val target = tensor.bytes
    when (tensor.dtype) {
        Dtype.UINT8 -> eachPixel(image, from) { pixel, byte -> target.put(to.first + pixel * to.step, byte.toByte()) }
        Dtype.FLOAT32 -> eachPixel(image, from) { pixel, byte -> target.putFloat((to.first + pixel * to.step) * 4, values[byte]) }
        Dtype.FLOAT16 -> {
            val halves = ShortArray(values.size) { toFloat16(values[it].toDouble()).toShort() }
            eachPixel(image, from) { pixel, byte -> target.putShort((to.first + pixel * to.step) * 2, halves[byte]) }
        }
        else -> throw IllegalArgumentException("a model takes pixels as float32, float16 or uint8, not as ${tensor.dtype}")
    }
}

private inline fun eachPixel(
    image: Image,
    from: Every,
    put: (pixel: Int, byte: Int) -> Unit,
) {
    for (pixel in 0 until image.width * image.height) put(pixel, image.at(from.first + pixel * from.step))
}

/** What each of the 256 bytes becomes in a channel. */
private fun valuesOfBytes(
    channel: Int,
    spec: ImageSpec,
): FloatArray {
    val mean = spec.mean?.getOrNull(channel)?.toFloat() ?: 0f
    val std = spec.std?.getOrNull(channel)?.toFloat() ?: 1f
    return FloatArray(256) { byte -> (byte / 255f - mean) / std }
}
