package inferenceserver.edge.tensor

import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** A tensor as the model declares it; a size is null where it may vary, [shape] where the rank is not declared. */
data class TensorSpec(
    val name: String,
    val dtype: Dtype,
    val shape: List<Int?>?,
)

/**
 * Elements in row-major order. Numbers are [bytes], little-endian and in memory that onnxruntime reads without a copy;
 * strings are [strings].
 */
class Tensor private constructor(
    val dtype: Dtype,
    val shape: List<Int>,
    val bytes: ByteBuffer,
    val strings: Array<String>,
) {
    /** How many elements: 1 for a scalar, 0 when a dimension is 0. */
    val size: Int = sizeOf(shape)

    /** An element as a number: float16 from its bits, 64-bit integers rounded, bool as 0 or 1. */
    fun number(index: Int): Double =
        when (dtype) {
            Dtype.FLOAT32 -> bytes.getFloat(index * 4).toDouble()
            Dtype.FLOAT64 -> bytes.getDouble(index * 8)
            Dtype.FLOAT16 -> fromFloat16(bytes.getShort(index * 2).toInt())
            Dtype.INT8 -> bytes.get(index).toDouble()
            Dtype.INT16 -> bytes.getShort(index * 2).toDouble()
            Dtype.INT32 -> bytes.getInt(index * 4).toDouble()
            Dtype.INT64 -> bytes.getLong(index * 8).toDouble()
            Dtype.UINT8, Dtype.BOOL -> bytes.get(index).toUByte().toDouble()
            Dtype.UINT16 -> bytes.getShort(index * 2).toUShort().toDouble()
            Dtype.UINT32 -> bytes.getInt(index * 4).toUInt().toDouble()
            Dtype.UINT64 -> bytes.getLong(index * 8).toULong().toDouble()
            Dtype.STRING -> throw IllegalStateException("a tensor of strings holds no numbers")
        }

    fun numbers(): DoubleArray = DoubleArray(size, ::number)

    /** Rows [start] (included) to [end] (excluded) of the leading axis, copied. */
    fun rows(
        start: Int,
        end: Int,
    ): Tensor {
        val perRow = sizeOf(shape.drop(1))
        val part = allocate(dtype, listOf(end - start) + shape.drop(1))
        if (dtype == Dtype.STRING) strings.copyInto(part.strings, 0, start * perRow, end * perRow)
        part.bytes.duplicate().put(slice(start * perRow, end * perRow))
        return part
    }

    /** The same elements under another shape of as many. */
    fun reshaped(shape: List<Int>): Tensor {
        require(sizeOf(shape) == size) { "$size elements do not have the shape $shape" }
        return Tensor(dtype, shape, bytes, strings)
    }

    private fun slice(
        start: Int,
        end: Int,
    ): ByteBuffer {
        val view = bytes.duplicate()
        // Those of Buffer: ByteBuffer's own are newer than Android 8.
        val bounds: Buffer = view
        bounds.limit(end * dtype.bytes)
        bounds.position(start * dtype.bytes)
        return view
    }

    companion object {
        fun allocate(
            dtype: Dtype,
            shape: List<Int>,
        ): Tensor {
            val size = sizeOf(shape)
            val strings = if (dtype == Dtype.STRING) Array(size) { "" } else emptyArray()
            return Tensor(dtype, shape, newBytes(size * dtype.bytes), strings)
        }

        /** Little-endian bytes, copied. */
        fun of(
            dtype: Dtype,
            shape: List<Int>,
            bytes: ByteBuffer,
        ): Tensor {
            val tensor = allocate(dtype, shape)
            require(bytes.remaining() == tensor.bytes.capacity()) { "${bytes.remaining()} bytes are not $shape of $dtype" }
            tensor.bytes.duplicate().put(bytes.duplicate())
            return tensor
        }

        fun ofFloats(
            values: DoubleArray,
            dtype: Dtype,
            shape: List<Int>,
        ): Tensor {
            val tensor = allocate(dtype, shape)
            values.forEachIndexed { index, value ->
                if (dtype == Dtype.FLOAT64) tensor.bytes.putDouble(index * 8, value) else tensor.bytes.putFloat(index * 4, value.toFloat())
            }
            return tensor
        }

        /** The rows of all parts in order. Parts differ in their leading size only. */
        fun concat(parts: List<Tensor>): Tensor {
            val first = parts.first()
            val whole = allocate(first.dtype, listOf(parts.sumOf { it.shape.first() }) + first.shape.drop(1))
            val target = whole.bytes.duplicate()
            var offset = 0
            for (part in parts) {
                target.put(part.bytes.duplicate())
                part.strings.copyInto(whole.strings, offset)
                offset += part.strings.size
            }
            return whole
        }

        private fun newBytes(size: Int) = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN)
    }
}

fun sizeOf(shape: List<Int>): Int = shape.fold(1) { size, dim -> Math.multiplyExact(size, dim) }
