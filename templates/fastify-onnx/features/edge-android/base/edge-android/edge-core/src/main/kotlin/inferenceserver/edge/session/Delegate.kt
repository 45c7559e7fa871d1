package inferenceserver.edge.session

import ai.onnxruntime.OrtProvider
import ai.onnxruntime.OrtSession.SessionOptions

/** What runs a model's operators. */
enum class Delegate(
    internal val provider: OrtProvider,
    val isDeprecated: Boolean = false,
) {
    /** Always there, and the reference: its answers are the server's. */
    CPU(OrtProvider.CPU),

    /** Faster float kernels for Arm processors. */
    XNNPACK(OrtProvider.XNNPACK),

    /** Deprecated by Android itself since Android 15: only for devices that ship a good driver of it and get no other. */
    NNAPI(OrtProvider.NNAPI, isDeprecated = true),

    /** The neural processor of Snapdragon; needs the package onnxruntime-android-qnn in place of onnxruntime-android. */
    QNN(OrtProvider.QNN),
    ;

    internal fun addTo(
        options: SessionOptions,
        threads: Int,
    ) {
        when (this) {
            CPU -> Unit
            // Its threads are its own: those of onnxruntime must not spin beside them.
            XNNPACK -> {
                options.addConfigEntry("session.intra_op.allow_spinning", "0")
                options.addXnnpack(mapOf("intra_op_num_threads" to threads.toString()))
            }
            QNN -> options.addQnn(mapOf("backend_path" to "libQnnHtp.so"))
            NNAPI -> options.addNnapi()
        }
    }
}

/** The delegate that is used, and why when it is not the one that was asked for. */
class Chosen(
    val delegate: Delegate,
    val reason: String?,
)

/** Decides what can be tried: a delegate that this build of onnxruntime lacks is not. */
fun chooseDelegate(
    wanted: Delegate,
    available: Set<OrtProvider>,
): Chosen {
    if (wanted.provider in available) return Chosen(wanted, null)
    val others = available.joinToString { it.name }
    return Chosen(Delegate.CPU, "this build of onnxruntime has no $wanted (it has $others): the CPU is used")
}
