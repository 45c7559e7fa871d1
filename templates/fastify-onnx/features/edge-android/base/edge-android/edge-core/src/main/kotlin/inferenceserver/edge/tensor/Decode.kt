package inferenceserver.edge.tensor

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.double

/** What was given does not fit the model: said to the person who gave it. */
class InvalidInput(
    message: String,
) : IllegalArgumentException(message)

/**
 * `data` of a request as tensors. One input: its nested arrays. Several: an object of them by name. None: `{}`.
 * @throws InvalidInput when names, ranks, sizes, types or ranges do not fit.
 */
fun decodeInputs(
    data: JsonElement,
    specs: List<TensorSpec>,
): Map<String, Tensor> {
    if (specs.size == 1) return mapOf(specs[0].name to decodeTensor(data, specs[0]))
    val byName = data as? JsonObject ?: throw InvalidInput("expected an object with ${specs.joinToString { it.name }}")
    val wrong = byName.keys - specs.map { it.name }.toSet()
    if (wrong.isNotEmpty()) throw InvalidInput("the model has no input ${wrong.joinToString()}")
    return specs.associate { spec ->
        val value = byName[spec.name] ?: throw InvalidInput("the input ${spec.name} is missing")
        spec.name to decodeTensor(value, spec)
    }
}

/** Nested arrays as one tensor: first its shape, then each element is converted once, straight into its place. */
fun decodeTensor(
    value: JsonElement,
    spec: TensorSpec,
): Tensor {
    val shape = shapeOf(value, spec)
    val tensor = Tensor.allocate(spec.dtype, shape)
    var next = 0

    fun visit(
        level: JsonElement,
        depth: Int,
    ) {
        if (depth == shape.size) {
            put(tensor, next++, level as? JsonPrimitive ?: throw InvalidInput("${spec.name}: nested too deep"))
            return
        }
        val items = level as? JsonArray ?: throw InvalidInput("${spec.name}: expected an array")
        if (items.size != shape[depth]) throw InvalidInput("${spec.name}: expected ${shape[depth]} elements, got ${items.size}")
        items.forEach { visit(it, depth + 1) }
    }
    visit(value, 0)
    return tensor
}

private fun shapeOf(
    value: JsonElement,
    spec: TensorSpec,
): List<Int> {
    val found = generateSequence(value as? JsonArray) { it.firstOrNull() as? JsonArray }.map { it.size }.toList()
    val declared = spec.shape ?: return found
    return declared.mapIndexed { axis, dim ->
        val size = found.getOrNull(axis)
        // A leading 1 is free, as rows are run one by one where the model takes one at once.
        val isFree = dim == null || (axis == 0 && dim == 1)
        if (size == null && found.lastOrNull() != 0) throw InvalidInput("${spec.name} is $declared: expected an array, axis $axis")
        if (size != null && !isFree && size != dim) throw InvalidInput("${spec.name}: expected $dim elements, got $size")
        size ?: dim ?: 0
    }
}

private fun put(
    tensor: Tensor,
    index: Int,
    json: JsonPrimitive,
) {
    val bytes = tensor.bytes
    when (tensor.dtype) {
        Dtype.FLOAT32 -> bytes.putFloat(index * 4, finite(number(json).toFloat(), json))
        Dtype.FLOAT64 -> bytes.putDouble(index * 8, number(json))
        Dtype.FLOAT16 -> bytes.putShort(index * 2, half(json))
        Dtype.INT8 -> bytes.put(index, whole(json, Byte.MIN_VALUE.toLong()..Byte.MAX_VALUE).toByte())
        Dtype.INT16 -> bytes.putShort(index * 2, whole(json, Short.MIN_VALUE.toLong()..Short.MAX_VALUE).toShort())
        Dtype.INT32 -> bytes.putInt(index * 4, whole(json, Int.MIN_VALUE.toLong()..Int.MAX_VALUE).toInt())
        Dtype.INT64 -> bytes.putLong(index * 8, wide(json) { it.toLongOrNull() })
        Dtype.UINT8 -> bytes.put(index, whole(json, 0L..0xff).toByte())
        Dtype.UINT16 -> bytes.putShort(index * 2, whole(json, 0L..0xffff).toShort())
        Dtype.UINT32 -> bytes.putInt(index * 4, whole(json, 0L..0xffff_ffff).toInt())
        Dtype.UINT64 -> bytes.putLong(index * 8, wide(json) { it.toULongOrNull()?.toLong() })
        Dtype.BOOL -> bytes.put(index, if (truth(json)) 1 else 0)
        Dtype.STRING -> tensor.strings[index] = text(json)
    }
}

private fun number(json: JsonPrimitive): Double {
    if (json.isString || json.booleanOrNull != null || json.content == "null") throw InvalidInput("expected a number, got $json")
    return json.double.also { if (!it.isFinite()) throw InvalidInput("$json is out of range") }
}

private fun finite(
    value: Float,
    json: JsonPrimitive,
): Float = if (value.isFinite()) value else throw InvalidInput("$json is out of the range of float32")

private fun half(json: JsonPrimitive): Short {
    val bits = toFloat16(number(json))
    if (!fromFloat16(bits).isFinite()) throw InvalidInput("$json is out of the range of float16")
    return bits.toShort()
}

private fun whole(
    json: JsonPrimitive,
    range: LongRange,
): Long {
    val value = number(json)
    if (value != Math.rint(value)) throw InvalidInput("$json is not a whole number")
    if (value < range.first || value > range.last) throw InvalidInput("$json is out of range ($range)")
    return value.toLong()
}

/** 64 bits: a whole number that JSON can say exactly, or a string of its decimals. */
private fun wide(
    json: JsonPrimitive,
    parse: (String) -> Long?,
): Long {
    val decimals = if (json.isString) json.content else whole(json, -MAX_SAFE..MAX_SAFE).toString()
    return parse(decimals) ?: throw InvalidInput("$json is no whole number of 64 bits")
}

private const val MAX_SAFE = 9_007_199_254_740_991L

private fun truth(json: JsonPrimitive): Boolean {
    if (json.isString || json.booleanOrNull == null) throw InvalidInput("expected true or false, got $json")
    return json.boolean
}

private fun text(json: JsonPrimitive): String {
    if (!json.isString) throw InvalidInput("expected a string, got $json")
    if ('\u0000' in json.content) throw InvalidInput("the character U+0000 cannot be sent to the model")
    return json.content
}
