package inferenceserver.edge

import ai.onnxruntime.OrtException
import inferenceserver.edge.session.ModelSession
import inferenceserver.edge.session.RunOptions
import inferenceserver.edge.tensor.InvalidInput
import inferenceserver.edge.update.Started
import inferenceserver.edge.update.Updater

/**
 * The model that an app runs, whichever it is: the one on trial while it behaves, else the confirmed one, at once. The first good
 * answer of a trial confirms it. Not for several threads at once.
 */
class LiveModel(
    private val spec: EdgeSpec,
    private val updater: Updater,
    private val options: RunOptions = RunOptions(),
) : AutoCloseable {
    private var started: Started = updater.start()
    private var classifier: Classifier = open()

    /** The version that answers: 0 is the model that the app was shipped with. */
    val version get() = started.model.version
    val chosen get() = classifier.chosen

    /** Runs [ask] on the model; a trial that throws, or answers what its contract does not allow, is replaced and asked no more. */
    fun predict(ask: (Classifier) -> Answer): Answer {
        val isTrial = started.isTrial
        val answer = if (isTrial) tryTrial(ask) else ask(classifier)
        if (answer == null) return ask(classifier)
        if (isTrial) confirm()
        return answer
    }

    fun top(
        answer: Answer,
        k: Int,
    ) = classifier.top(answer, k)

    override fun close() = classifier.close()

    private fun confirm() {
        updater.confirm(started)
        started = Started(started.model, started.file, isTrial = false)
    }

    /** null: it failed, and the confirmed model stands in its place. */
    private fun tryTrial(ask: (Classifier) -> Answer): Answer? {
        val answer =
            try {
                ask(classifier).takeIf { isGoodAnswer(spec, it.outputs) }
            } catch (error: InvalidInput) {
                throw error
            } catch (_: Exception) {
                null // whatever it does, it is the trial's: an answer of another type or shape, or none
            }
        if (answer == null) {
            classifier.close()
            started = updater.fail(started)
            classifier = open()
        }
        return answer
    }

    private fun open(): Classifier {
        try {
            return load()
        } catch (error: OrtException) {
            if (!started.isTrial) throw error
            started = updater.fail(started)
            return load()
        }
    }

    private fun load() = Classifier(spec, ModelSession.open(started.file, spec.outputs, options))
}
