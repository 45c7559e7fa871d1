package inferenceserver.edge.session

import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtException
import ai.onnxruntime.OrtSession
import ai.onnxruntime.OrtSession.SessionOptions
import inferenceserver.edge.tensor.Tensor
import inferenceserver.edge.tensor.TensorSpec
import java.nio.file.Path

/** How a model is run; [threads] 0 leaves the number to onnxruntime. */
data class RunOptions(
    val delegate: Delegate = Delegate.CPU,
    val threads: Int = 0,
)

/** A loaded model. */
class ModelSession private constructor(
    private val environment: OrtEnvironment,
    private val session: OrtSession,
    private val outputs: List<TensorSpec>,
    /** What really runs it, and why it is not what was asked for. */
    val chosen: Chosen,
) : AutoCloseable {
    /**
     * All outputs of the model, by name.
     * @throws OrtException when the model refuses these inputs.
     */
    fun run(inputs: Map<String, Tensor>): Map<String, Tensor> {
        val given = mutableMapOf<String, OnnxTensor>()
        try {
            inputs.forEach { (name, tensor) -> given[name] = toOnnx(environment, tensor) }
            session.run(given, outputs.map { it.name }.toSet()).use { result ->
                return outputs.associate { spec -> spec.name to fromOnnx(result.get(spec.name).get() as OnnxTensor, spec.dtype) }
            }
        } finally {
            given.values.forEach { it.close() }
        }
    }

    override fun close() = session.close()

    companion object {
        /** As onnxruntime says it, such as `1.29.0`. */
        val runtimeVersion: String get() = OrtEnvironment.getEnvironment().version

        /**
         * Loads a model. A delegate that is missing, or that cannot run this model, is replaced by the CPU, and [chosen] says why.
         * @throws OrtException when the CPU cannot load it either.
         */
        fun open(
            file: Path,
            outputs: List<TensorSpec>,
            options: RunOptions = RunOptions(),
        ): ModelSession {
            val chosen = chooseDelegate(options.delegate, OrtEnvironment.getAvailableProviders())
            try {
                return load(file, outputs, options.threads, chosen)
            } catch (error: OrtException) {
                if (chosen.delegate == Delegate.CPU) throw error
                val reason = "${chosen.delegate} cannot run this model (${error.message}): the CPU is used"
                return load(file, outputs, options.threads, Chosen(Delegate.CPU, reason))
            }
        }

        private fun load(
            file: Path,
            outputs: List<TensorSpec>,
            threads: Int,
            chosen: Chosen,
        ): ModelSession {
            val environment = OrtEnvironment.getEnvironment()
            SessionOptions().use { settings ->
                // XNNPACK has threads of its own.
                val own = if (chosen.delegate == Delegate.XNNPACK) 1 else threads
                if (own > 0) settings.setIntraOpNumThreads(own)
                chosen.delegate.addTo(settings, maxOf(threads, 1))
                val session = environment.createSession(file.toString(), settings)
                return ModelSession(environment, session, outputs, chosen)
            }
        }
    }
}
