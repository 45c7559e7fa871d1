package inferenceserver.edge.update

private const val MOST_STARTS = 3

/** The state to store, and the model to run. */
class Transition(
    val state: UpdateState,
    val run: ModelRef,
)

/** What of a device decides which model can be run. */
class Shelf(
    /** The model that the app is shipped with, which is always there. */
    val bundled: ModelRef,
    /** Whether the bytes of a model are there, and are its own. */
    val holds: (ModelRef) -> Boolean,
)

/** The bytes of [model] are there: the next start tries it, and what runs goes on. */
fun stage(
    state: UpdateState,
    model: ModelRef,
) = state.copy(trial = Trial(model, starts = 0))

/** The app starts. A trial counts as started before it is loaded; after three starts that led to nothing it is over. */
fun start(
    state: UpdateState,
    shelf: Shelf,
): Transition {
    val trial = state.trial ?: return runConfirmed(state, shelf)
    if (trial.starts >= MOST_STARTS) return runConfirmed(rollBack(state, trial), shelf)
    if (!shelf.holds(trial.model)) return runConfirmed(state.copy(trial = null), shelf)
    return Transition(state.copy(trial = trial.copy(starts = trial.starts + 1)), trial.model)
}

/** The model of [version] gave a good answer. */
fun confirm(
    state: UpdateState,
    version: Long,
): UpdateState {
    val trial = state.trial?.takeIf { it.model.version == version } ?: return state
    return state.copy(confirmed = trial.model, trial = null)
}

/** The trial of [version] could not be loaded or run: the confirmed model is run in its place. */
fun fail(
    state: UpdateState,
    version: Long,
    shelf: Shelf,
): Transition {
    val trial = state.trial?.takeIf { it.model.version == version && it.starts >= MOST_STARTS }
    return runConfirmed(if (trial == null) state else rollBack(state, trial), shelf)
}

private fun rollBack(
    state: UpdateState,
    trial: Trial,
) = state.copy(bad = trial.model.version, trial = null)

private fun runConfirmed(
    state: UpdateState,
    shelf: Shelf,
): Transition {
    val isThere = state.confirmed.sha256 == shelf.bundled.sha256 || shelf.holds(state.confirmed)
    val next = if (isThere) state else state.copy(confirmed = shelf.bundled)
    return Transition(next, next.confirmed)
}
