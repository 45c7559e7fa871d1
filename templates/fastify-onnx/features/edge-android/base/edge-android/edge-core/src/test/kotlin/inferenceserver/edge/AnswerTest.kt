package inferenceserver.edge

import inferenceserver.edge.answer.LabelRules
import inferenceserver.edge.answer.Ranked
import inferenceserver.edge.answer.sigmoid
import inferenceserver.edge.answer.softmax
import inferenceserver.edge.answer.topLabels
import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.InvalidInput
import inferenceserver.edge.tensor.Tensor
import inferenceserver.edge.tensor.TensorSpec
import inferenceserver.edge.tensor.decodeInputs
import kotlinx.serialization.json.Json
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

/** What the server's tests of labels, activations and decoding say, said of the port. */
class AnswerTest {
    private val abc = LabelRules(listOf("a", "b", "c"), rows = true, isDecision = false)

    @Test
    fun `ranks the best first, the lower column on a tie`() {
        val top = topLabels(floats(listOf(2, 3), 0.2, 0.4, 0.4, 0.9, 0.0, 0.1), abc, 2)
        assertEquals(listOf("b", "c"), top[0].map { it.label })
        assertEquals(listOf("a", "c"), top[1].map { it.label })
    }

    @Test
    fun `a column without a label is its number`() {
        assertEquals("2", topLabels(floats(listOf(1, 3), 0.0, 0.0, 1.0), abc.copy(labels = listOf("a")), 1)[0][0].label)
    }

    @Test
    fun `one score with two labels is the probability of the second, or its decision value`() {
        val two = LabelRules(listOf("no", "yes"), rows = true, isDecision = false)
        val top = topLabels(floats(listOf(2), 0.5, 0.25), two, 2)
        assertEquals(listOf("yes", "no"), top[0].map { it.label })
        assertEquals(listOf(Ranked("no", 0, 0.75), Ranked("yes", 1, 0.25)), top[1])
        assertEquals("no", topLabels(floats(listOf(1), 0.0), two.copy(isDecision = true), 1)[0][0].label)
        assertEquals("yes", topLabels(floats(listOf(1), 0.1), two.copy(isDecision = true), 1)[0][0].label)
    }

    @Test
    fun `there is no best of what is not a number, nor of more classes than there are`() {
        assertThrows(InvalidInput::class.java) { topLabels(floats(listOf(1, 3), 0.0, Double.NaN, 1.0), abc, 1) }
        assertThrows(InvalidInput::class.java) { topLabels(floats(listOf(1, 3), 0.0, 0.0, 1.0), abc, 4) }
    }

    @Test
    fun `softmax adds up to 1 in each row, and overflows nowhere`() {
        val result = softmax(floats(listOf(2, 2), 1000.0, 1000.0, 0.0, -1000.0)).numbers().toList()
        assertEquals(listOf(0.5, 0.5, 1.0, 0.0), result)
        assertEquals(0.5, sigmoid(floats(listOf(1), 0.0)).number(0))
    }

    @Test
    fun `float64 stays float64, and all else becomes float32`() {
        assertEquals(Dtype.FLOAT64, softmax(Tensor.allocate(Dtype.FLOAT64, listOf(1, 2))).dtype)
        assertEquals(Dtype.FLOAT32, softmax(Tensor.allocate(Dtype.INT64, listOf(1, 2))).dtype)
    }

    @Test
    fun `numbers of every type are decoded as the server does`() {
        assertEquals(listOf(1.5, -2.0), decode("[1.5, -2]", Dtype.FLOAT16))
        assertEquals(listOf(255.0, 0.0), decode("[255, 0]", Dtype.UINT8))
        assertEquals(listOf(4294967295.0), decode("[4294967295]", Dtype.UINT32))
        assertEquals(listOf(-9.007199254740992E15), decode("[\"-9007199254740993\"]", Dtype.INT64))
        assertEquals(listOf(1.0, 0.0), decode("[true, false]", Dtype.BOOL))
    }

    @Test
    fun `what does not fit is refused, never converted`() {
        for ((data, dtype) in listOf(
            "[1e39]" to Dtype.FLOAT32,
            "[65520]" to Dtype.FLOAT16,
            "[true]" to Dtype.FLOAT32,
            "[\"1\"]" to Dtype.FLOAT32,
            "[null]" to Dtype.FLOAT64,
            "[256]" to Dtype.UINT8,
            "[1.5]" to Dtype.INT32,
            "[9007199254740993]" to Dtype.INT64,
            "[1]" to Dtype.BOOL,
            "[1]" to Dtype.STRING,
            "[[1]]" to Dtype.FLOAT32,
            "1" to Dtype.FLOAT32,
        )) {
            assertThrows(InvalidInput::class.java, { decode(data, dtype) }, "$data as $dtype")
        }
    }

    @Test
    fun `ragged arrays, other sizes and unknown names are refused`() {
        val spec = TensorSpec("x", Dtype.FLOAT32, listOf(null, 2))
        for (data in listOf("[[1,2],[3]]", "[[1,2,3]]", "[1,2]", "[[1,2],3]")) {
            assertThrows(InvalidInput::class.java, { decodeInputs(Json.parseToJsonElement(data), listOf(spec)) }, data)
        }
        val two = listOf(spec, spec.copy(name = "y"))
        for (data in listOf("{\"x\":[[1,2]]}", "{\"x\":[[1,2]],\"y\":[[1,2]],\"z\":1}", "[]")) {
            assertThrows(InvalidInput::class.java, { decodeInputs(Json.parseToJsonElement(data), two) }, data)
        }
    }

    private fun decode(
        data: String,
        dtype: Dtype,
    ) = decodeInputs(Json.parseToJsonElement(data), listOf(TensorSpec("x", dtype, listOf(null)))).getValue("x").numbers().toList()

    private fun floats(
        shape: List<Int>,
        vararg values: Double,
    ) = Tensor.ofFloats(values, Dtype.FLOAT64, shape)
}
