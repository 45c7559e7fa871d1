package inferenceserver.edge.update

import inferenceserver.edge.MAX_SAFE_INTEGER
import inferenceserver.edge.asInteger
import inferenceserver.edge.asObject
import inferenceserver.edge.integer
import inferenceserver.edge.optional
import inferenceserver.edge.required
import inferenceserver.edge.text
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** A model: [version] 0 when it was shipped with the app and never released. */
data class ModelRef(
    val version: Long,
    val sha256: String,
    val size: Long,
    val format: String,
    val contract: String,
) {
    companion object {
        internal fun read(json: JsonObject): ModelRef =
            ModelRef(
                json.integer("version", 0L..MAX_SAFE_INTEGER),
                json.matching("sha256", HASH),
                json.integer("size", 1L..MAX_SAFE_INTEGER),
                json.matching("format", FORMAT),
                json.matching("contract", HASH),
            )
    }
}

/** A model that has not answered yet, and how often it was started. */
data class Trial(
    val model: ModelRef,
    val starts: Int,
)

/** The newest manifest that was verified. */
data class Seen(
    val version: Long,
    val released: String,
)

/** What a device keeps. */
data class UpdateState(
    val confirmed: ModelRef,
    val trial: Trial?,
    val seen: Seen,
    /** The version that was rolled back last. */
    val bad: Long?,
) {
    /** The model that the next start runs. */
    val active: ModelRef get() = trial?.model ?: confirmed

    fun print(): String =
        buildJsonObject {
            put("schema", 1)
            put("confirmed", printRef(confirmed, null))
            put("trial", trial?.let { printRef(it.model, it.starts) } ?: JsonNull)
            put(
                "seen",
                buildJsonObject {
                    put("version", seen.version)
                    put("released", seen.released)
                },
            )
            put("bad", bad?.let(::JsonPrimitive) ?: JsonNull)
        }.toString()
}

private fun printRef(
    model: ModelRef,
    starts: Int?,
) = buildJsonObject {
    put("version", model.version)
    put("sha256", model.sha256)
    put("size", model.size)
    put("format", model.format)
    put("contract", model.contract)
    if (starts != null) put("starts", starts)
}

/** What was stored, as the app that starts has to see it: its bundled model may be newer, or of another contract. */
fun openState(
    stored: String?,
    bundled: ModelRef,
): UpdateState {
    val fresh = UpdateState(bundled, trial = null, seen = Seen(bundled.version, ""), bad = null)
    var state = stored?.let(::parseState) ?: return fresh
    if (state.confirmed.contract != bundled.contract || state.confirmed.version < bundled.version) {
        state = state.copy(confirmed = bundled)
    }
    val trial = state.trial
    if (trial != null && (trial.model.contract != bundled.contract || trial.model.version <= state.confirmed.version)) {
        state = state.copy(trial = null)
    }
    return if (state.seen.version < bundled.version) state.copy(seen = fresh.seen) else state
}

/** null when it cannot be read: the bundled model is the answer to that. */
private fun parseState(text: String): UpdateState? =
    try {
        val json = Json.parseToJsonElement(text).asObject("the state")
        json.integer("schema", 1L..1L)
        val seen = json.required("seen").asObject("seen")
        UpdateState(
            confirmed = ModelRef.read(json.required("confirmed").asObject("confirmed")),
            trial = json.also { it.required("trial") }.optional("trial")?.asObject("trial")?.let(::readTrial),
            seen = Seen(seen.integer("version", 0L..MAX_SAFE_INTEGER), seen.text("released")),
            bad = json.also { it.required("bad") }.optional("bad")?.asInteger("bad", 0L..MAX_SAFE_INTEGER),
        )
    } catch (_: IllegalArgumentException) {
        null
    }

private fun readTrial(json: JsonObject) = Trial(ModelRef.read(json), json.integer("starts", 0L..Int.MAX_VALUE.toLong()).toInt())
