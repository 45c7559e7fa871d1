package inferenceserver.edge.app

import inferenceserver.edge.Answer
import inferenceserver.edge.Classifier
import inferenceserver.edge.EdgeSpec
import inferenceserver.edge.LiveModel
import inferenceserver.edge.answer.Ranked
import inferenceserver.edge.session.Chosen
import inferenceserver.edge.session.RunOptions
import inferenceserver.edge.update.Updater
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors

private const val BEST = 5

/** What an answer looks like. */
class Shown(
    val answer: Answer,
    /** Empty where the model does not tell classes apart. */
    val top: List<Ranked>,
    val version: Long,
    val chosen: Chosen,
)

/** The model on a thread of its own, so that the screen never waits for it. */
class ModelRunner(
    private val spec: EdgeSpec,
    private val updater: Updater,
) : AutoCloseable {
    val executor: ExecutorService = Executors.newSingleThreadExecutor()
    private var options = RunOptions()
    private var model: LiveModel? = null

    /** The next question loads the model again. */
    fun use(options: RunOptions) =
        executor.execute {
            if (options != this.options) release()
            this.options = options
        }

    /** On [executor] only. Throws what the model throws. */
    fun ask(question: (Classifier) -> Answer): Shown {
        val live = model ?: LiveModel(spec, updater, options).also { model = it }
        val answer = live.predict(question)
        val top = live.top(answer, BEST).firstOrNull() ?: emptyList()
        return Shown(answer, top, live.version, live.chosen)
    }

    override fun close() {
        executor.execute(::release)
        executor.shutdown()
    }

    private fun release() {
        model?.close()
        model = null
    }
}
