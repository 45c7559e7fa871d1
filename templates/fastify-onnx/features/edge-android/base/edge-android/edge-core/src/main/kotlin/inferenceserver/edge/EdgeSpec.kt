package inferenceserver.edge

import inferenceserver.edge.answer.Activation
import inferenceserver.edge.answer.LabelRules
import inferenceserver.edge.image.Channels
import inferenceserver.edge.image.Crop
import inferenceserver.edge.image.ImageSpec
import inferenceserver.edge.image.Layout
import inferenceserver.edge.image.Resample
import inferenceserver.edge.image.Size
import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.TensorSpec
import inferenceserver.edge.update.ModelRef
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

enum class Task { CLASSIFICATION, REGRESSION, TENSOR }

/** All that vars.yaml declares of the model: edge.json, which `edge export` writes. Data, never code. */
class EdgeSpec(
    val name: String,
    val task: Task,
    /** What is given is N rows, and so is the answer; else tensors go in and out whole. */
    val rows: Boolean,
    val inputs: List<TensorSpec>,
    val outputs: List<TensorSpec>,
    /** The output that is the prediction; null: all of them. */
    val output: String?,
    val activation: Activation,
    val labels: LabelRules,
    /** null where the model takes numbers as they are. */
    val image: ImageSpec?,
    /** A valid input, as `data` of a request; null where it is an image. */
    val sample: JsonElement?,
    /** The model that the app is shipped with, and its file in models/. */
    val model: ModelRef,
    val modelFile: String,
    /** Outputs that hold no NaN for the sample: an update that answers NaN there is no good. */
    val finiteOutputs: Set<String>,
) {
    companion object {
        fun parse(text: String): EdgeSpec = Json.parseToJsonElement(text).asObject("edge.json").let(::read)

        private fun read(json: JsonObject): EdgeSpec {
            json.integer("schema", 1L..1L)
            val predict = json.required("predict").asObject("predict")
            val rows = json.truth("rows")
            val isDecision = predict.optional("singleScore")?.asText("singleScore") == "decision"
            val labels = json.optional("labels")?.asList("labels")?.map { it.asText("a label") }
            return EdgeSpec(
                name = json.text("name"),
                task = oneOf(json.text("task")),
                rows = rows,
                inputs = tensors(json, "inputs"),
                outputs = tensors(json, "outputs"),
                output = predict.optional("output")?.asText("predict.output"),
                activation = oneOf(predict.text("activation")),
                labels = LabelRules(labels, rows, isDecision),
                image = imageSpec(json.required("preprocess").asObject("preprocess")),
                sample = json.optional("sample"),
                model = ModelRef.read(json.required("model").asObject("model")),
                modelFile = json.required("model").asObject("model").text("file"),
                finiteOutputs = json.required("finiteOutputs").asList("finiteOutputs").map { it.asText("an output") }.toSet(),
            )
        }
    }
}

private inline fun <reified E : Enum<E>> oneOf(name: String): E =
    enumValues<E>().find { it.name.lowercase() == name } ?: throw BadJson("\"$name\" is none of ${enumValues<E>().toList()}")

private fun tensors(
    json: JsonObject,
    key: String,
): List<TensorSpec> =
    json.required(key).asList(key).map { item ->
        val tensor = item.asObject(key)
        TensorSpec(tensor.text("name"), Dtype.of(tensor.text("dtype")), tensor.optional("shape")?.asList("shape")?.map(::dim))
    }

private fun dim(json: JsonElement): Int? = runCatching { json.asInteger("a size", 0L..Int.MAX_VALUE).toInt() }.getOrNull()

private fun imageSpec(json: JsonObject): ImageSpec? {
    if (json.text("kind") == "none") return null
    val (height, width) = json.required("size").asList("size").map { it.asInteger("size", 1L..65536L).toInt() }
    return ImageSpec(
        size = Size(height, width),
        crop = oneOf<Crop>(json.text("crop")),
        resize = json.optional("resize")?.asInteger("resize", 1L..65536L)?.toInt(),
        resample = oneOf<Resample>(json.text("resample")),
        channels = oneOf<Channels>(json.text("channels")),
        layout = oneOf<Layout>(json.text("layout")),
        mean = numbers(json, "mean"),
        std = numbers(json, "std"),
    )
}

private fun numbers(
    json: JsonObject,
    key: String,
): List<Double>? = json.optional(key)?.asList(key)?.map { it.asNumber(key) }
