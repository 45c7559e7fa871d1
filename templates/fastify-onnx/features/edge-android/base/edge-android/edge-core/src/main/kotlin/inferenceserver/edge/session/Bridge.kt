package inferenceserver.edge.session

import ai.onnxruntime.OnnxJavaType
import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.TensorInfo
import inferenceserver.edge.tensor.Dtype
import inferenceserver.edge.tensor.InvalidInput
import inferenceserver.edge.tensor.Tensor
import java.nio.ByteOrder

/** Unsigned integers of more than 8 bits have no name there. */
private val JAVA_TYPES =
    mapOf(
        Dtype.FLOAT32 to OnnxJavaType.FLOAT,
        Dtype.FLOAT64 to OnnxJavaType.DOUBLE,
        Dtype.FLOAT16 to OnnxJavaType.FLOAT16,
        Dtype.INT8 to OnnxJavaType.INT8,
        Dtype.INT16 to OnnxJavaType.INT16,
        Dtype.INT32 to OnnxJavaType.INT32,
        Dtype.INT64 to OnnxJavaType.INT64,
        Dtype.UINT8 to OnnxJavaType.UINT8,
        Dtype.BOOL to OnnxJavaType.BOOL,
    )

/** A tensor for onnxruntime, which reads the same memory: it is good as long as [tensor] is. */
internal fun toOnnx(
    environment: OrtEnvironment,
    tensor: Tensor,
): OnnxTensor {
    val shape = tensor.shape.map { it.toLong() }.toLongArray()
    if (tensor.dtype == Dtype.STRING) return OnnxTensor.createTensor(environment, tensor.strings, shape)
    val type = JAVA_TYPES[tensor.dtype] ?: throw InvalidInput("onnxruntime's Java API takes no ${tensor.dtype}")
    return OnnxTensor.createTensor(environment, tensor.bytes.duplicate().order(ByteOrder.nativeOrder()), shape, type)
}

/** A copy that outlives the session's answer. */
internal fun fromOnnx(
    value: OnnxTensor,
    dtype: Dtype,
): Tensor {
    val info: TensorInfo = value.info
    val shape = info.shape.map { it.toInt() }
    if (dtype != Dtype.STRING) return Tensor.of(dtype, shape, value.byteBuffer)
    val tensor = Tensor.allocate(dtype, shape)
    flatten(value.value).forEachIndexed { index, text -> tensor.strings[index] = text }
    return tensor
}

private fun flatten(value: Any?): Sequence<String> =
    if (value is Array<*>) value.asSequence().flatMap(::flatten) else sequenceOf(value.toString())
