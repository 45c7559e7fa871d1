package inferenceserver.edge

import inferenceserver.edge.answer.Ranked
import inferenceserver.edge.answer.activate
import inferenceserver.edge.answer.classCount
import inferenceserver.edge.answer.topLabels
import inferenceserver.edge.image.Image
import inferenceserver.edge.image.fitImage
import inferenceserver.edge.image.stackImages
import inferenceserver.edge.image.toChannels
import inferenceserver.edge.session.ModelSession
import inferenceserver.edge.tensor.InvalidInput
import inferenceserver.edge.tensor.Tensor
import inferenceserver.edge.tensor.TensorSpec
import inferenceserver.edge.tensor.decodeInputs
import kotlinx.serialization.json.JsonElement

/** How long each stage took, in milliseconds. */
data class Timings(
    val preprocess: Double,
    val inference: Double,
    val postprocess: Double,
)

class Answer(
    /** What the model was asked. */
    val inputs: Map<String, Tensor>,
    /** What it answered, as it is. */
    val outputs: Map<String, Tensor>,
    /** What /predict of the server answers: the chosen output through its activation, or all outputs. */
    val prediction: Map<String, Tensor>,
    val timings: Timings,
)

/** The server's pipeline on the device: preprocess, infer, postprocess, as vars.yaml declares them. */
class Classifier(
    val spec: EdgeSpec,
    private val session: ModelSession,
) : AutoCloseable by session {
    val chosen get() = session.chosen

    /** Decoded images (RGB, upright), of any sizes; a row for each. */
    fun predict(images: List<Image>): Answer = run { preprocess(spec, images) }

    /** `data` of a request to /predict: nested numbers, or an object of them by name of the input. */
    fun predict(data: JsonElement): Answer = run { decodeInputs(data, spec.inputs) }

    /** The best classes of each row, at most [k]; empty where the model does not tell classes apart. */
    fun top(
        answer: Answer,
        k: Int,
    ): List<List<Ranked>> {
        val scores = answer.prediction.values.singleOrNull()
        if (spec.task != Task.CLASSIFICATION || scores == null) return emptyList()
        return topLabels(scores, spec.labels, minOf(k, classCount(scores, spec.labels)))
    }

    private fun run(prepare: () -> Map<String, Tensor>): Answer {
        val (inputs, preprocess) = timed(prepare)
        val (outputs, inference) = timed { runRows(inputs) }
        val (prediction, postprocess) = timed { postprocess(spec, outputs) }
        return Answer(inputs, outputs, prediction, Timings(preprocess, inference, postprocess))
    }

    /** Where the model takes one row at once, several are run one by one. */
    private fun runRows(inputs: Map<String, Tensor>): Map<String, Tensor> {
        val takesOne = spec.rows && spec.inputs.any { it.shape?.firstOrNull() == 1 }
        val count = if (spec.rows) countRows(inputs) else 1
        if (!takesOne || count == 1) return session.run(inputs)
        val answers = List(count) { row -> session.run(inputs.mapValues { (_, tensor) -> tensor.rows(row, row + 1) }) }
        return answers.first().mapValues { (name, _) -> Tensor.concat(answers.map { it.getValue(name) }) }
    }
}

/** From decoded images to the model's input: N images in, N rows out. */
fun preprocess(
    spec: EdgeSpec,
    images: List<Image>,
): Map<String, Tensor> {
    val image = spec.image ?: throw InvalidInput("this model takes no images")
    val input = spec.inputs.single()
    val fitted = images.map { fitImage(toChannels(it, image.channels), image) }
    return mapOf(input.name to stackImages(fitted, image, input.dtype))
}

/** From the model's outputs to what /predict answers, by name. */
fun postprocess(
    spec: EdgeSpec,
    outputs: Map<String, Tensor>,
): Map<String, Tensor> {
    val name = spec.output ?: return outputs
    val output = outputs[name] ?: throw IllegalStateException("no output \"$name\": the model answered ${outputs.keys}")
    return mapOf(name to activate(output, spec.activation))
}

/**
 * Whether the answer of an updated model is good enough to keep it: outputs of the types and shapes that the contract names,
 * and no NaN where the bundled model had none.
 */
fun isGoodAnswer(
    spec: EdgeSpec,
    outputs: Map<String, Tensor>,
): Boolean = spec.outputs.all { declared -> outputs[declared.name]?.let { isGoodOutput(spec, declared, it) } ?: false }

private fun isGoodOutput(
    spec: EdgeSpec,
    declared: TensorSpec,
    output: Tensor,
): Boolean {
    val fits = declared.shape?.let { fitsShape(output.shape, it, spec.rows) } ?: true
    return fits && (declared.name !in spec.finiteOutputs || output.numbers().none { it.isNaN() })
}

private fun fitsShape(
    shape: List<Int>,
    declared: List<Int?>,
    rows: Boolean,
): Boolean =
    shape.size == declared.size &&
        declared.withIndex().all { (axis, dim) -> dim == null || dim == shape[axis] || (rows && axis == 0) }

private fun countRows(inputs: Map<String, Tensor>): Int {
    val counts = inputs.values.map { it.shape.firstOrNull() ?: 0 }.distinct()
    if (counts.size > 1) throw InvalidInput("all inputs need the same number of rows, got $counts")
    return counts.firstOrNull()?.takeIf { it > 0 } ?: throw InvalidInput("expected at least one row")
}

private inline fun <T> timed(run: () -> T): Pair<T, Double> {
    val start = System.nanoTime()
    val result = run()
    return result to (System.nanoTime() - start) / 1e6
}
