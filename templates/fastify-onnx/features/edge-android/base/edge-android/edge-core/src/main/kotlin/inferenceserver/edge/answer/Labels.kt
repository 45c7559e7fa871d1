package inferenceserver.edge.answer

import inferenceserver.edge.tensor.InvalidInput
import inferenceserver.edge.tensor.Tensor

/** How scores are read: [labels] by column, null where the number of a column is its label. */
data class LabelRules(
    val labels: List<String>?,
    val rows: Boolean,
    /** One score per row for two classes is a decision value (above 0: the second), not a probability (from 0.5 on). */
    val isDecision: Boolean,
)

/** A class, its column, and its score. */
data class Ranked(
    val label: String,
    val index: Int,
    val score: Double,
)

/**
 * The [k] best classes of each row, best first, ties to the lower column. One score per row with two labels is the probability
 * of the second, or its decision value. A column without a label is its number.
 * @throws InvalidInput when [k] is not in 1..classes, or a score is not a number: there is no best then.
 */
fun topLabels(
    scores: Tensor,
    rules: LabelRules,
    k: Int,
): List<List<Ranked>> = splitRows(scores, rules).map { row -> rank(row, rules, k) }

/** How many classes a row of such scores tells apart. */
fun classCount(
    scores: Tensor,
    rules: LabelRules,
): Int {
    val columns = columnsOf(scores, rules)
    return if (columns == 1 && rules.labels?.size == 2) 2 else columns
}

private fun rank(
    row: DoubleArray,
    rules: LabelRules,
    k: Int,
): List<Ranked> {
    val best = bestColumn(row, rules)
    val scores = if (isBinary(row, rules)) bothScores(row[0], rules) else row
    if (k < 1 || k > scores.size) throw InvalidInput("k is $k, but there are ${scores.size} classes")
    val order =
        Comparator<Ranked> { a, b ->
            when {
                a.score > b.score -> -1
                a.score < b.score -> 1
                a.index == best -> -1
                b.index == best -> 1
                else -> a.index - b.index
            }
        }
    return scores
        .mapIndexed { index, score -> Ranked(rules.labels?.getOrNull(index) ?: index.toString(), index, score) }
        .sortedWith(order)
        .take(k)
}

/** With rows the first axis counts them, so a score of shape (N) has no axis of columns. */
private fun columnsOf(
    scores: Tensor,
    rules: LabelRules,
): Int = if (scores.shape.size > (if (rules.rows) 1 else 0)) scores.shape.last() else 1

private fun splitRows(
    scores: Tensor,
    rules: LabelRules,
): List<DoubleArray> {
    val columns = columnsOf(scores, rules)
    val values = scores.numbers()
    if (values.any { it.isNaN() }) throw InvalidInput("the model answers this input with NaN, so it has no label")
    return if (columns == 0) emptyList() else List(values.size / columns) { values.copyOfRange(it * columns, (it + 1) * columns) }
}

/** The lowest column on a tie. */
private fun bestColumn(
    row: DoubleArray,
    rules: LabelRules,
): Int {
    if (isBinary(row, rules)) return if (if (rules.isDecision) row[0] > 0 else row[0] >= 0.5) 1 else 0
    return row.indices.fold(0) { best, column -> if (row[column] > row[best]) column else best }
}

private fun isBinary(
    row: DoubleArray,
    rules: LabelRules,
) = row.size == 1 && rules.labels?.size == 2

private fun bothScores(
    score: Double,
    rules: LabelRules,
): DoubleArray = doubleArrayOf(if (rules.isDecision) -score else 1 - score, score)
