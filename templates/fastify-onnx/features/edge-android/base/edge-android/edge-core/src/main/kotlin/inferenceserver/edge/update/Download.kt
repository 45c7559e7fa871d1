package inferenceserver.edge.update

import java.io.IOException
import java.io.InputStream
import java.nio.file.Files

private const val MOST_FAILURES = 3
private const val MOST_RESTARTS = 2
private const val LONGEST_WAIT_S = 60L
private const val WHOLE = 200
private const val PARTIAL_CONTENT = 206
private const val RANGE_NOT_SATISFIABLE = 416
private val TRY_AGAIN = setOf(408, 425, 429)

/** What one request led to. */
private sealed interface Attempt {
    /** As many bytes as the model has are there. */
    object Complete : Attempt

    /** What is there is kept, and the next attempt resumes. */
    class Retry(
        val gained: Long,
        val waitS: Long = 0,
    ) : Attempt

    /** What is there is worth nothing: the whole is asked for. */
    object Restart : Attempt

    class GiveUp(
        val answer: Answer,
    ) : Attempt
}

/** A failing disk, told from a failing network. */
private class DiskRefused(
    cause: IOException,
) : IOException(cause)

/**
 * Loads a model's bytes into the store's partial download and checks their hash; a broken one is resumed. [pause] waits so
 * many seconds. Gives [Answer.INSTALL] when the bytes are complete and right, else why not.
 */
internal class Download(
    private val store: Store,
    private val releases: Releases,
    private val pause: (Long) -> Unit,
    private val model: ReleasedModel,
) {
    private var failures = 0
    private var restarts = 0
    private var hasResumed = false

    fun run(): Answer {
        if (lengthOfPartial() > model.size) store.discardPartial(model.sha256)
        val free = store.freeSpace()
        if (free != null && free < model.size - lengthOfPartial()) return Answer.NO_SPACE
        while (true) {
            val answer = settle(attempt())
            if (answer != null) return answer
        }
    }

    /** null: try again. */
    private fun settle(attempt: Attempt): Answer? =
        when (attempt) {
            is Attempt.GiveUp -> attempt.answer
            is Attempt.Complete -> verify()
            is Attempt.Restart -> restart()
            is Attempt.Retry -> {
                failures = if (attempt.gained > 0) 0 else failures + 1
                if (failures < MOST_FAILURES) pause(maxOf(attempt.waitS, maxOf(failures, 1).toLong()))
                Answer.UNREACHABLE.takeIf { failures >= MOST_FAILURES }
            }
        }

    private fun verify(): Answer? {
        if (hashOf(store.partial(model.sha256)) == model.sha256) return Answer.INSTALL
        val wasResumed = hasResumed
        store.discardPartial(model.sha256)
        // What was there before may have been wrong; the whole from one hand cannot be.
        return if (wasResumed) restart() else Answer.BAD_MODEL
    }

    private fun restart(): Answer? {
        store.discardPartial(model.sha256)
        restarts += 1
        hasResumed = false
        return Answer.UNREACHABLE.takeIf { restarts > MOST_RESTARTS }
    }

    private fun attempt(): Attempt {
        val length = lengthOfPartial()
        if (length > 0) hasResumed = true
        if (length == model.size) return Attempt.Complete
        return try {
            releases.get(model.file, rangeHeaders(length)).use { take(it, length) }
        } catch (_: DiskRefused) {
            store.discardPartial(model.sha256)
            Attempt.GiveUp(Answer.NO_SPACE)
        } catch (_: IOException) {
            Attempt.Retry(gained = 0)
        }
    }

    private fun rangeHeaders(length: Long): Map<String, String> {
        if (length == 0L) return emptyMap()
        val etag = store.etagOf(model.sha256)?.takeIf { !it.startsWith("W/") }
        return mapOf("Range" to "bytes=$length-") + (etag?.let { mapOf("If-Range" to it) } ?: emptyMap())
    }

    private fun take(
        response: Response,
        length: Long,
    ): Attempt =
        when (response.status) {
            WHOLE -> {
                startOver(response.header("ETag"))
                append(response.body)
            }
            PARTIAL_CONTENT -> if (continues(response, length)) append(response.body) else Attempt.Restart
            RANGE_NOT_SATISFIABLE -> Attempt.Restart
            in TRY_AGAIN, in 500..599 -> Attempt.Retry(gained = 0, waitS = retryAfter(response))
            else -> Attempt.GiveUp(Answer.UNREACHABLE)
        }

    private fun startOver(etag: String?) {
        onDisk {
            store.discardPartial(model.sha256)
            store.keepEtag(model.sha256, etag)
        }
        hasResumed = false
    }

    private fun continues(
        response: Response,
        length: Long,
    ): Boolean {
        val range = Regex("bytes ([0-9]+)-([0-9]+)/([0-9]+|\\*)").matchEntire(response.header("Content-Range")?.trim() ?: "")
        val (from, to, whole) = range?.destructured ?: return false
        val encoding = response.header("Content-Encoding")?.lowercase() ?: "identity"
        val isWhole = whole == "*" || whole == model.size.toString()
        return length > 0 && from == length.toString() && to == (model.size - 1).toString() && isWhole && encoding == "identity"
    }

    /** Appends what comes until it ends, or there are too many bytes. */
    private fun append(body: InputStream): Attempt {
        val before = lengthOfPartial()
        var length = before
        onDisk { store.disk.append(store.partial(model.sha256)) }.use { file ->
            val buffer = ByteArray(65_536)
            while (true) {
                val count = read(body, buffer)
                if (count < 0) break
                length += count
                if (length > model.size) break
                onDisk { file.write(buffer, 0, count) }
            }
        }
        if (length > model.size) {
            store.discardPartial(model.sha256)
            return Attempt.GiveUp(Answer.BAD_MODEL)
        }
        return if (length == model.size) Attempt.Complete else Attempt.Retry(gained = length - before)
    }

    /** A connection that breaks is an end like any other: what came is kept. */
    private fun read(
        body: InputStream,
        buffer: ByteArray,
    ): Int =
        try {
            body.read(buffer)
        } catch (_: IOException) {
            -1
        }

    private fun lengthOfPartial(): Long = store.partial(model.sha256).let { if (Files.exists(it)) Files.size(it) else 0 }

    private fun retryAfter(response: Response): Long =
        response.header("Retry-After")?.trim()?.toLongOrNull()?.coerceIn(0, LONGEST_WAIT_S) ?: 0

    private inline fun <T> onDisk(run: () -> T): T =
        try {
            run()
        } catch (error: IOException) {
            throw DiskRefused(error)
        }
}
