package inferenceserver.edge.update

import inferenceserver.edge.BadJson
import inferenceserver.edge.MAX_SAFE_INTEGER
import inferenceserver.edge.asObject
import inferenceserver.edge.asText
import inferenceserver.edge.integer
import inferenceserver.edge.optional
import inferenceserver.edge.required
import inferenceserver.edge.text
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException

/** What a release says of itself: manifest.json. */
data class Manifest(
    val name: String,
    val version: Long,
    val released: String,
    val expires: String,
    val minRuntime: String?,
    val rollout: Int,
    val model: ReleasedModel,
    val contract: String,
)

data class ReleasedModel(
    val file: String,
    val sha256: String,
    val size: Long,
    val format: String,
)

/** `schema` is higher than what this client understands. */
class NewerSchema : IllegalArgumentException("the manifest is of a newer schema")

const val MAX_MANIFEST_BYTES = 65_536

private val NAME = Regex("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
internal val HASH = Regex("[0-9a-f]{64}")
internal val FORMAT = Regex("onnx|ort")
private val RUNTIME = Regex("(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})")
private val VERSIONS = 1L..MAX_SAFE_INTEGER

/**
 * The manifest in these bytes, whose signature was verified.
 * @throws BadJson when they are not as the specification has them, [NewerSchema] when they are of a later one.
 */
fun parseManifest(bytes: ByteArray): Manifest {
    val json = parseObject(bytes)
    if (json.integer("schema", Long.MIN_VALUE..Long.MAX_VALUE) > 1) throw NewerSchema()
    json.integer("schema", 1L..1L)
    val manifest =
        Manifest(
            name = json.matching("name", NAME),
            version = json.integer("version", VERSIONS),
            released = json.time("released"),
            expires = json.time("expires"),
            minRuntime = json.also { it.required("minRuntime") }.optional("minRuntime")?.let { json.matching("minRuntime", RUNTIME) },
            rollout = json.integer("rollout", 0L..100L).toInt(),
            model = parseModel(json.required("model").asObject("model")),
            contract = json.matching("contract", HASH),
        )
    if (manifest.expires <= manifest.released) throw BadJson("expires is not later than released")
    return manifest
}

private fun parseObject(bytes: ByteArray): JsonObject {
    if (bytes.size > MAX_MANIFEST_BYTES) throw BadJson("${bytes.size} bytes are too many")
    try {
        val text = Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()
        return Json.parseToJsonElement(text).asObject("the manifest")
    } catch (error: SerializationException) {
        throw BadJson("no JSON: ${error.message}")
    } catch (error: CharacterCodingException) {
        throw BadJson("no UTF-8: ${error.message}")
    }
}

private fun parseModel(json: JsonObject): ReleasedModel {
    val sha256 = json.matching("sha256", HASH)
    val format = json.matching("format", FORMAT)
    json.matching("precision", Regex("fp32|fp16|int8"))
    val file = json.text("file")
    if (file != "models/$sha256.$format") throw BadJson("model.file is not models/<sha256>.<format>")
    return ReleasedModel(file, sha256, json.integer("size", VERSIONS), format)
}

internal fun JsonObject.matching(
    key: String,
    pattern: Regex,
): String = required(key).asText(key).also { if (!pattern.matches(it)) throw BadJson("$key is not as it should be") }

private fun JsonObject.time(key: String): String = text(key).also { if (!isTime(it)) throw BadJson("$key is no time") }
