package inferenceserver.edge

import ai.onnxruntime.OrtException
import ai.onnxruntime.OrtProvider
import inferenceserver.edge.session.Delegate
import inferenceserver.edge.session.ModelSession
import inferenceserver.edge.session.RunOptions
import inferenceserver.edge.session.chooseDelegate
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path

class SessionTest {
    private val vector = Export.vectors.first { it.canBeAsked }

    @Test
    fun `every delegate answers, and one that this build lacks says that the CPU does`() {
        val expected = answerOf(RunOptions())
        for (delegate in Delegate.entries) {
            Export.open(RunOptions(delegate)).use { classifier ->
                val answer = vector.askOf(classifier)
                assertEquals(expected, answer.outputs.mapValues { (_, output) -> output.shape })
                val (chosen, reason) = classifier.chosen.delegate to classifier.chosen.reason
                if (chosen == delegate) assertNull(reason) else assertTrue("$reason".contains("$delegate")) { "$reason" }
                if (chosen != delegate) assertEquals(Delegate.CPU, chosen)
            }
        }
    }

    @Test
    fun `a delegate that is there is chosen, and one that is not is replaced by the CPU with a reason`() {
        assertNull(chooseDelegate(Delegate.XNNPACK, setOf(OrtProvider.CPU, OrtProvider.XNNPACK)).reason)
        val chosen = chooseDelegate(Delegate.QNN, setOf(OrtProvider.CPU))
        assertEquals(Delegate.CPU, chosen.delegate)
        assertEquals("this build of onnxruntime has no QNN (it has CPU): the CPU is used", chosen.reason)
    }

    @Test
    fun `the number of threads changes no answer`() {
        val expected = answerOf(RunOptions())
        for (threads in listOf(1, 2, 4)) assertEquals(expected, answerOf(RunOptions(threads = threads)))
    }

    @Test
    fun `says the version of onnxruntime`() {
        assertTrue(Regex("[0-9]+\\.[0-9]+\\.[0-9]+.*").matches(ModelSession.runtimeVersion))
    }

    @Test
    fun `a file that is no model is refused`(
        @TempDir folder: Path,
    ) {
        val file = Files.write(folder.resolve("broken.onnx"), ByteArray(100) { 7 })
        assertThrows(OrtException::class.java) { ModelSession.open(file, Export.spec.outputs) }
        assertThrows(OrtException::class.java) { ModelSession.open(folder.resolve("none.onnx"), Export.spec.outputs) }
    }

    private fun answerOf(options: RunOptions) =
        Export.open(options).use { classifier -> vector.askOf(classifier).outputs.mapValues { (_, output) -> output.shape } }
}
