package inferenceserver.edge

import inferenceserver.edge.image.Image
import inferenceserver.edge.session.ModelSession
import inferenceserver.edge.session.RunOptions
import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.Tensor
import inferenceserver.edge.update.sha256Hex
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.Paths
import java.util.Base64

/** The export that is tested: what the server made, beside this folder. */
object Export {
    private val folder: Path = Paths.get(System.getProperty("edge.export"))
    val spec = EdgeSpec.parse(text("edge.json"))
    val model: Path = folder.resolve("models").resolve(spec.modelFile)
    val vectors = Json.parseToJsonElement(text("golden.json")).jsonObject.getValue("vectors").jsonArray.map { GoldenVector(it.jsonObject) }

    fun bytes(file: String): ByteArray = Files.readAllBytes(folder.resolve(file))

    fun open(options: RunOptions = RunOptions()) = Classifier(spec, ModelSession.open(model, spec.outputs, options))

    private fun text(file: String) = String(bytes(file))
}

/** A request, and what the server made of it (golden.json). */
class GoldenVector(
    private val json: JsonObject,
) {
    val name = json.string("name")

    /** By input: type, shape and hash of the bits. */
    val tensors = json.getValue("tensors").jsonObject.mapValues { (_, tensor) -> tensor.jsonObject }
    val outputs = json.getValue("outputs").jsonObject.mapValues { (_, tensor) -> goldenTensor(tensor.jsonObject) }
    val prediction: JsonElement = json.getValue("prediction")
    val top = (json["top"] as? JsonArray)?.map { it.jsonObject }

    /** Pixels larger than what is shipped are left out there: such a vector cannot be asked here. */
    val canBeAsked get() = json.string("kind") == "json" || json["pixels"] is JsonObject

    fun askOf(classifier: Classifier): Answer =
        if (json.string("kind") == "json") classifier.predict(json.getValue("data")) else classifier.predict(listOf(image()))

    private fun image(): Image {
        val pixels = json.getValue("pixels").jsonObject
        return Image(pixels.int("width"), pixels.int("height"), 3, Export.bytes(pixels.string("file")))
    }
}

fun JsonObject.string(key: String): String = getValue(key).jsonPrimitive.content

fun JsonObject.int(key: String): Int = getValue(key).jsonPrimitive.int

fun JsonObject.stringOrNull(key: String): String? = get(key).takeUnless { it == null || it is JsonNull }?.jsonPrimitive?.content

/** SHA-256 of elements as golden.json has it: little-endian, strings as UTF-8, each with a NUL behind it. */
fun hashOf(tensor: Tensor): String {
    if (tensor.dtype == Dtype.STRING) return sha256Hex(tensor.strings.joinToString("") { "$it\u0000" }.toByteArray())
    val bytes = ByteArray(tensor.bytes.capacity())
    tensor.bytes.duplicate().get(bytes)
    return sha256Hex(bytes)
}

/** All numbers of a prediction as JSON, which has no number for some. */
fun numbersOf(json: JsonElement): List<Double> =
    when (json) {
        is JsonArray -> json.flatMap(::numbersOf)
        is JsonObject -> json.values.flatMap(::numbersOf)
        is JsonPrimitive ->
            when (json.content) {
                "true" -> listOf(1.0)
                "false" -> listOf(0.0)
                else -> listOf(json.content.toDoubleOrNull() ?: Double.NaN)
            }
    }

private fun goldenTensor(json: JsonObject): Tensor {
    val dtype = Dtype.of(json.string("dtype"))
    val shape = json.getValue("shape").jsonArray.map { it.jsonPrimitive.double.toInt() }
    val data = json.getValue("data")
    if (dtype != Dtype.STRING) return Tensor.of(dtype, shape, ByteBuffer.wrap(Base64.getDecoder().decode(data.jsonPrimitive.content)))
    val tensor = Tensor.allocate(dtype, shape)
    data.jsonArray.forEachIndexed { index, text -> tensor.strings[index] = text.jsonPrimitive.content }
    return tensor
}
