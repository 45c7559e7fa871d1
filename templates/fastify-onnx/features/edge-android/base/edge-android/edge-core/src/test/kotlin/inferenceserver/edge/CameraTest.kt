package inferenceserver.edge

import inferenceserver.edge.image.Frame
import inferenceserver.edge.image.uprightImage
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer

/** A frame of 3 x 2 pixels whose red is 1 to 6, in rows that are padded by 4 bytes. */
class CameraTest {
    @Test
    fun `stands upright, whichever way the sensor lies`() {
        assertEquals(listOf("3 x 2", "1 2 3 4 5 6"), upright(0))
        assertEquals(listOf("2 x 3", "4 1 5 2 6 3"), upright(90))
        assertEquals(listOf("3 x 2", "6 5 4 3 2 1"), upright(180))
        assertEquals(listOf("2 x 3", "3 6 2 5 1 4"), upright(270))
        assertThrows(IllegalArgumentException::class.java) { upright(45) }
    }

    private fun upright(rotation: Int): List<String> {
        val stride = 3 * 4 + 4
        val bytes = ByteBuffer.allocateDirect(stride * 2)
        for (pixel in 0 until 6) bytes.put((pixel / 3) * stride + (pixel % 3) * 4, (pixel + 1).toByte())
        val image = uprightImage(Frame(3, 2, bytes, stride, rotation))
        return listOf("${image.width} x ${image.height}", (0 until 6).joinToString(" ") { image.at(it * 3).toString() })
    }
}
