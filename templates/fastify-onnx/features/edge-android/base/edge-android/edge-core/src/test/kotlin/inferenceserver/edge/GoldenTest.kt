package inferenceserver.edge

import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.Tensor
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import kotlin.math.abs
import kotlin.math.max

/** Other kernels may add in another order; the server's own tolerance is ten times this. */
private const val TOLERANCE = 1e-5

/** What the server answers, the device answers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTest {
    private val classifier = Export.open()

    @AfterAll
    fun close() = classifier.close()

    @Test
    fun `the export holds vectors, and most of them can be asked`() {
        assertTrue(Export.vectors.count { it.canBeAsked } * 2 > Export.vectors.size)
    }

    @TestFactory
    fun `preprocessing gives the same bits`() =
        eachVector { vector, answer ->
            assertEquals(vector.tensors.keys, answer.inputs.keys)
            answer.inputs.forEach { (name, tensor) ->
                val golden = vector.tensors.getValue(name)
                assertEquals(golden.string("dtype"), tensor.dtype.toString())
                assertEquals(golden.getValue("shape").toString(), tensor.shape.joinToString(",", "[", "]"))
                assertEquals(golden.string("sha256"), hashOf(tensor), "the bits of $name")
            }
        }

    @TestFactory
    fun `the model gives the same outputs`() =
        eachVector { vector, answer ->
            assertEquals(vector.outputs.keys, answer.outputs.keys)
            answer.outputs.forEach { (name, output) -> assertSame(vector.outputs.getValue(name), output, name) }
        }

    @TestFactory
    fun `predict answers the same`() =
        eachVector { vector, answer ->
            if (answer.prediction.values.any { it.dtype == Dtype.STRING }) return@eachVector
            val numbers = answer.prediction.values.flatMap { it.numbers().toList() }
            val golden = numbersOf(vector.prediction)
            assertEquals(golden.size, numbers.size)
            golden.zip(numbers).forEach { (expected, actual) -> assertClose(expected, actual, "prediction") }
        }

    @TestFactory
    fun `the best label is the same`() =
        eachVector { vector, answer ->
            val golden = vector.top ?: return@eachVector
            val top = classifier.top(answer, golden.size).single()
            assertEquals(golden.size, top.size)
            assertEquals(golden.first().string("label"), top.first().label)
            golden.zip(top).forEach { (expected, actual) ->
                assertClose(expected.getValue("score").let(::numbersOf).single(), actual.score, actual.label)
            }
        }

    private fun eachVector(check: (GoldenVector, Answer) -> Unit): List<DynamicTest> =
        Export.vectors.map { vector ->
            dynamicTest(vector.name) {
                assumeTrue(vector.canBeAsked, "its pixels are not shipped: the image is too large")
                check(vector, vector.askOf(classifier))
            }
        }

    private fun assertSame(
        expected: Tensor,
        actual: Tensor,
        name: String,
    ) {
        assertEquals(expected.dtype, actual.dtype)
        assertEquals(expected.shape, actual.shape)
        if (expected.dtype == Dtype.STRING) return assertEquals(expected.strings.toList(), actual.strings.toList())
        expected.numbers().zip(actual.numbers()).forEach { (a, b) -> assertClose(a, b, name) }
    }

    private fun assertClose(
        expected: Double,
        actual: Double,
        what: String,
    ) {
        val isSame = expected == actual || (expected.isNaN() && actual.isNaN())
        assertTrue(isSame || abs(expected - actual) <= TOLERANCE * max(1.0, abs(expected)), "$what: $actual is not $expected")
    }
}
