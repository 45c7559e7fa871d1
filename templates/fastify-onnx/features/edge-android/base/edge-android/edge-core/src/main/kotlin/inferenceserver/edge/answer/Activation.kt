package inferenceserver.edge.answer

import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.Tensor
import kotlin.math.exp

/** What is applied to the output that is the prediction. */
enum class Activation { NONE, SOFTMAX, SIGMOID }

fun activate(
    output: Tensor,
    activation: Activation,
): Tensor =
    when (activation) {
        Activation.NONE -> output
        Activation.SOFTMAX -> softmax(output)
        Activation.SIGMOID -> sigmoid(output)
    }

/** exp(x) / sum of exp along the last axis: logits to probabilities that add up to 1. Shifted by the maximum, so nothing overflows. */
fun softmax(logits: Tensor): Tensor {
    val values = logits.numbers()
    val columns = logits.shape.lastOrNull() ?: 1
    for (start in values.indices step maxOf(columns, 1)) {
        val row = start until start + columns
        val max = row.maxOf { values[it] }
        for (index in row) values[index] = exp(values[index] - max)
        val sum = row.sumOf { values[it] }
        for (index in row) values[index] /= sum
    }
    return floats(values, logits)
}

/** 1 / (1 + exp(-x)) of each element: a logit to a probability. */
fun sigmoid(logits: Tensor): Tensor = floats(DoubleArray(logits.size) { 1 / (1 + exp(-logits.number(it))) }, logits)

/** float64 stays float64; everything else is answered as float32. */
private fun floats(
    values: DoubleArray,
    like: Tensor,
): Tensor = Tensor.ofFloats(values, if (like.dtype == Dtype.FLOAT64) Dtype.FLOAT64 else Dtype.FLOAT32, like.shape)
