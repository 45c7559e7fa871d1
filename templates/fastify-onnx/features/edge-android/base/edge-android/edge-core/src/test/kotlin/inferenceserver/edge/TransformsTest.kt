package inferenceserver.edge

import inferenceserver.edge.image.Channels
import inferenceserver.edge.image.Crop
import inferenceserver.edge.image.Image
import inferenceserver.edge.image.ImageSpec
import inferenceserver.edge.image.Layout
import inferenceserver.edge.image.Resample
import inferenceserver.edge.image.Size
import inferenceserver.edge.image.fitImage
import inferenceserver.edge.image.stackImages
import inferenceserver.edge.image.toChannels
import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.fromFloat16
import inferenceserver.edge.tensor.toFloat16
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** transforms.txt: images that a formula makes, through declarations of all kinds; the hashes are those of the server's TypeScript. */
class TransformsTest {
    @TestFactory
    fun `gives the bits of the server's transforms`(): List<DynamicTest> =
        Resources.text("transforms.txt").lines().filter { it.isNotEmpty() && !it.startsWith("#") }.map { line ->
            val (what, hash) = line.split(": ")
            dynamicTest(what) { assertEquals(hash, hashOf(transform(what.split(" ")))) }
        }

    @Test
    fun `a half read and written again is the same half`() {
        (0..0xffff).filter { !fromFloat16(it).isNaN() }.forEach { assertEquals(it, toFloat16(fromFloat16(it))) }
        assertTrue(fromFloat16(toFloat16(Double.NaN)).isNaN())
    }

    /** `640x480x3 224x224 center:256 bilinear rgb nchw float32 0.485,0.456,0.406 0.229,0.224,0.225`; `-` is null. */
    private fun transform(words: List<String>) =
        words.let { (from, size, crop, resample, channels) ->
            val spec =
                ImageSpec(
                    size = size.split("x").let { (height, width) -> Size(height.toInt(), width.toInt()) },
                    crop = Crop.valueOf(crop.substringBefore(":").uppercase()),
                    resize = crop.substringAfter(":", "").toIntOrNull(),
                    resample = Resample.valueOf(resample.uppercase()),
                    channels = Channels.valueOf(channels.uppercase()),
                    layout = Layout.valueOf(words[5].uppercase()),
                    mean = numbers(words[7]),
                    std = numbers(words[8]),
                )
            val images = from.split("+").mapIndexed(::madeImage).map { fitImage(toChannels(it, spec.channels), spec) }
            stackImages(images, spec, Dtype.of(words[6]))
        }

    private fun numbers(word: String) = word.takeIf { it != "-" }?.split(",")?.map { it.toDouble() }

    /** Bytes of a linear congruential generator: the same in every language. */
    private fun madeImage(
        index: Int,
        what: String,
    ): Image {
        val (width, height, channels) = what.split("x").map { it.toInt() }
        val image = Image(width, height, channels)
        var state = index + 1
        for (at in image.data.indices) {
            state = (state * 1103515245 + 12345) and 0x7fffffff
            image.data[at] = (state shr 16).toByte()
        }
        return image
    }
}
