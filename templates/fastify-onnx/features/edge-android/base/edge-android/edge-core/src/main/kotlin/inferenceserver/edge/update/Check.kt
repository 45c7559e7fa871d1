package inferenceserver.edge.update

import inferenceserver.edge.BadJson
import java.math.BigInteger
import java.security.PublicKey

/** What a check, or the download after it, comes to. The names in lower case are those of the specification. */
enum class Answer {
    UNREACHABLE,
    BAD_SIGNATURE,
    NEWER_SCHEMA,
    BAD_MANIFEST,
    WRONG_NAME,
    DOWNGRADE,
    UP_TO_DATE,
    KNOWN_BAD,
    EXPIRED,
    WRONG_CONTRACT,
    NEWER_RUNTIME,
    OUTSIDE_ROLLOUT,
    ADOPT,
    INSTALL,
    NO_SPACE,
    BAD_MODEL,
    STAGED,
    BUSY,
}

/** What a device knows of itself. */
class Device(
    val id: String,
    val name: String,
    val keys: List<PublicKey>,
    /** Of the model that the app is shipped with. */
    val contract: String,
    /** The version of onnxruntime, as it says itself. */
    val runtime: String,
)

/** The manifest is there from [Answer.WRONG_NAME] on. */
class Checked(
    val answer: Answer,
    val state: UpdateState,
    val manifest: Manifest? = null,
)

/** A manifest as it came. */
class SignedManifest(
    val bytes: ByteArray,
    val signature: String,
)

/** Decides what a manifest is to this device at [now]: the state to store, and what to do. Asks nothing and writes nothing. */
fun check(
    signed: SignedManifest,
    state: UpdateState,
    device: Device,
    now: String,
): Checked {
    if (!isSignedBy(device.keys, signed.bytes, signed.signature)) return Checked(Answer.BAD_SIGNATURE, state)
    val manifest =
        try {
            parseManifest(signed.bytes)
        } catch (_: NewerSchema) {
            return Checked(Answer.NEWER_SCHEMA, state)
        } catch (_: BadJson) {
            return Checked(Answer.BAD_MANIFEST, state)
        }
    return judgeManifest(manifest, state, device, now)
}

/** The same for a manifest that was verified. */
internal fun judgeManifest(
    manifest: Manifest,
    state: UpdateState,
    device: Device,
    now: String,
): Checked {
    if (manifest.name != device.name) return Checked(Answer.WRONG_NAME, state, manifest)
    if (isOlder(manifest, state.seen)) return Checked(Answer.DOWNGRADE, state, manifest)
    val seen = state.copy(seen = Seen(manifest.version, manifest.released))
    val answer = judge(manifest, seen, device, now)
    if (answer != Answer.ADOPT) return Checked(answer, seen, manifest)
    return Checked(answer, seen.copy(confirmed = seen.confirmed.copy(version = manifest.version), trial = null), manifest)
}

private fun judge(
    manifest: Manifest,
    state: UpdateState,
    device: Device,
    now: String,
): Answer =
    when {
        manifest.version == state.active.version -> Answer.UP_TO_DATE
        manifest.version == state.bad -> Answer.KNOWN_BAD
        // A clock that is behind is at least where the newest manifest was made.
        maxOf(now, state.seen.released) >= manifest.expires -> Answer.EXPIRED
        manifest.contract != device.contract -> Answer.WRONG_CONTRACT
        !runs(device.runtime, manifest.minRuntime) -> Answer.NEWER_RUNTIME
        bucketOf(manifest.name, manifest.version, device.id) >= manifest.rollout -> Answer.OUTSIDE_ROLLOUT
        manifest.model.sha256 == state.confirmed.sha256 -> Answer.ADOPT
        else -> Answer.INSTALL
    }

private fun isOlder(
    manifest: Manifest,
    seen: Seen,
) = manifest.version < seen.version || (manifest.version == seen.version && manifest.released < seen.released)

private val VERSION = Regex("^([0-9]+)\\.([0-9]+)\\.([0-9]+)")

/** Whether a runtime is at least the oldest that a model needs. One that does not say its version is too old. */
private fun runs(
    runtime: String,
    needed: String?,
): Boolean {
    if (needed == null) return true
    val own = numbersOf(runtime) ?: return false
    val least = numbersOf(needed) ?: return false
    val difference = own.zip(least).map { (a, b) -> a.compareTo(b) }.firstOrNull { it != 0 } ?: 0
    return difference >= 0
}

private fun numbersOf(version: String): List<BigInteger>? = VERSION.find(version)?.groupValues?.drop(1)?.map { it.toBigInteger() }
