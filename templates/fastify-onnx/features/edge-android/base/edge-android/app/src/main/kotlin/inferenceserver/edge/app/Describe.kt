package inferenceserver.edge.app

import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.Tensor
import java.util.Locale

private const val MOST_NUMBERS = 10

/** The best labels with their scores; without labels, the prediction itself. */
fun describe(shown: Shown): String {
    if (shown.top.isNotEmpty()) return shown.top.joinToString("\n") { "${it.label}  ${format(it.score)}" }
    return shown.answer.prediction.entries.joinToString("\n") { (name, tensor) -> "$name: ${elementsOf(tensor)}" }
}

private fun elementsOf(tensor: Tensor): String {
    val count = minOf(tensor.size, MOST_NUMBERS)
    val elements = List(count) { if (tensor.dtype == Dtype.STRING) tensor.strings[it] else format(tensor.number(it)) }
    return elements.joinToString() + if (count < tensor.size) ", ..." else ""
}

private fun format(number: Double) = String.format(Locale.getDefault(), "%.4f", number)
