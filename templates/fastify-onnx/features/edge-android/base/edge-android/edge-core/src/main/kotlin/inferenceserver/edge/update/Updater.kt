package inferenceserver.edge.update

import inferenceserver.edge.update.Answer.INSTALL
import inferenceserver.edge.update.Answer.STAGED
import inferenceserver.edge.update.Answer.UNREACHABLE
import java.io.IOException
import java.nio.file.Path

/** The model of a start, and where its bytes are. */
class Started(
    val model: ModelRef,
    val file: Path,
    val isTrial: Boolean,
)

/**
 * Keeps the model of an app up to date: [check] in the background, [start] when the app starts, then [confirm] or [fail]. What
 * runs is never touched: a new model is tried at the next start.
 */
class Updater(
    private val store: Store,
    private val device: Device,
    private val now: () -> String = ::timeNow,
    private val pause: (seconds: Long) -> Unit = { Thread.sleep(it * 1000) },
) {
    /** Asks for a newer model and loads it, on a thread that may wait. [Answer.STAGED]: the next start tries it. */
    fun check(releases: Releases): Answer {
        val signed = releases.fetch() ?: return UNREACHABLE
        lateinit var checked: Checked
        store.change { state -> check(signed, state, device, now()).also { checked = it }.state }
        val manifest = checked.manifest
        return if (checked.answer == INSTALL && manifest != null) install(manifest, releases) else checked.answer
    }

    private fun install(
        manifest: Manifest,
        releases: Releases,
    ): Answer {
        val model = manifest.model
        val ref = ModelRef(manifest.version, model.sha256, model.size, model.format, manifest.contract)
        return store.ifFree("download.lock") {
            store.keepOnlyPartial(model.sha256)
            val answer = if (store.holds(ref)) INSTALL else Download(store, releases, pause, model).run()
            if (answer == INSTALL) stage(ref) else answer
        } ?: Answer.BUSY
    }

    private fun stage(model: ModelRef): Answer =
        try {
            store.stage(model)
            STAGED
        } catch (_: IOException) {
            Answer.NO_SPACE
        }

    /** The model to run now. A trial counts as started before it is loaded, so a crash counts too. */
    fun start(): Started = run { state -> start(state, store.shelf) }

    /** The started model gave a good answer: it stays. */
    fun confirm(started: Started) {
        if (started.isTrial) store.change { confirm(it, started.model.version) }
    }

    /** The trial could not be loaded or run: the model to run in its place, at once. */
    fun fail(started: Started): Started = run { state -> fail(state, started.model.version, store.shelf) }

    private fun run(next: (UpdateState) -> Transition): Started {
        lateinit var transition: Transition
        store.change { state -> next(state).also { transition = it }.state }
        val model = transition.run
        return Started(model, store.fileOf(model), isTrial = transition.state.trial?.model == model)
    }
}
