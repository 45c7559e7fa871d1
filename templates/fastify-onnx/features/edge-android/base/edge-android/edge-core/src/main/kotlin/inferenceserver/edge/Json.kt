package inferenceserver.edge

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** A JSON document is not what it should be. */
class BadJson(
    message: String,
) : IllegalArgumentException(message)

private val NUMBER = Regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")

/** The largest whole number that JSON says exactly, 2^53 - 1. */
const val MAX_SAFE_INTEGER = 9_007_199_254_740_991L

internal fun JsonElement.asObject(what: String): JsonObject = this as? JsonObject ?: throw BadJson("$what is no object")

internal fun JsonElement.asList(what: String): JsonArray = this as? JsonArray ?: throw BadJson("$what is no list")

/** undefined and null are the same here. */
internal fun JsonObject.optional(key: String): JsonElement? = this[key].takeUnless { it is JsonNull }

internal fun JsonObject.required(key: String): JsonElement = this[key] ?: throw BadJson("$key is missing")

internal fun JsonObject.text(key: String): String = required(key).asText(key)

internal fun JsonElement.asText(what: String): String =
    (this as? JsonPrimitive)?.takeIf { it.isString }?.content ?: throw BadJson("$what is no string")

internal fun JsonElement.asNumber(what: String): Double =
    (this as? JsonPrimitive)?.takeIf { !it.isString && NUMBER.matches(it.content) }?.content?.toDouble()
        ?: throw BadJson("$what is no number")

internal fun JsonObject.truth(key: String): Boolean =
    when ((required(key) as? JsonPrimitive)?.takeIf { !it.isString }?.content) {
        "true" -> true
        "false" -> false
        else -> throw BadJson("$key is neither true nor false")
    }

internal fun JsonElement.asInteger(
    what: String,
    range: LongRange,
): Long {
    val value = asNumber(what)
    if (value != Math.rint(value) || value < range.first || value > range.last) throw BadJson("$what is no integer in $range")
    return value.toLong()
}

internal fun JsonObject.integer(
    key: String,
    range: LongRange,
): Long = required(key).asInteger(key, range)
