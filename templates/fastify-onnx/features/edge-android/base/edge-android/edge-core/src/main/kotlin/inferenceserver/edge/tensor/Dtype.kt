package inferenceserver.edge.tensor

/** The types of elements, by the names of vars.yaml; [bytes] is the size of one, 0 for strings. */
enum class Dtype(
    val bytes: Int,
) {
    FLOAT32(4),
    FLOAT64(8),

    /** The bits of IEEE 754 half precision. */
    FLOAT16(2),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    UINT8(1),
    UINT16(2),
    UINT32(4),
    UINT64(8),

    /** 0 or 1. */
    BOOL(1),
    STRING(0),
    ;

    override fun toString() = name.lowercase()

    companion object {
        fun of(name: String): Dtype =
            entries.find { it.toString() == name } ?: throw IllegalArgumentException("there is no type of elements \"$name\"")
    }
}
