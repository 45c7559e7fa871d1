package inferenceserver.edge.update

import java.io.IOException
import java.io.OutputStream
import java.nio.channels.FileChannel
import java.nio.channels.FileLock
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.StandardOpenOption.APPEND
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.WRITE
import java.security.MessageDigest
import java.util.UUID
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.locks.ReentrantLock

/** What the file system is asked beside reading: a test gives one that is full. */
open class Disk {
    /** Opens a partial download to write behind what is there. */
    open fun append(file: Path): OutputStream = Files.newOutputStream(file, CREATE, WRITE, APPEND)

    /** Bytes; null where nobody knows. */
    open fun freeSpace(folder: Path): Long? = folder.toFile().usableSpace.takeIf { it > 0 }
}

/**
 * The folder of a device: state.json, models by hash, partial downloads by hash, and the device's id. Files are replaced by one
 * rename after their bytes are on the disk, so they are old or new, whatever happens.
 */
class Store(
    private val folder: Path,
    private val bundled: ModelRef,
    /** The bundled model's file, outside of the folder. */
    private val bundledFile: Path,
    internal val disk: Disk = Disk(),
) {
    init {
        Files.createDirectories(folder.resolve("models"))
        Files.createDirectories(folder.resolve("partial"))
    }

    /** Random, made once, sent nowhere. */
    val deviceId: String by lazy {
        locked(STATE_LOCK) { readText("device-id") ?: UUID.randomUUID().toString().also { replace("device-id", it) } }
    }

    fun state(): UpdateState = openState(readText("state.json"), bundled)

    /** Reads, changes and writes the state while nobody else does. What it does not name any more is deleted after that. */
    fun change(next: (UpdateState) -> UpdateState): UpdateState =
        locked(STATE_LOCK) {
            val state = next(state())
            val text = state.print()
            if (text != readText("state.json")) {
                replace("state.json", text)
                sweep(state)
            }
            state
        }

    /** Where a model lies, bundled or downloaded, whether it is there or not. */
    fun fileOf(model: ModelRef): Path = if (isBundled(model)) bundledFile else folder.resolve("models/${model.sha256}.${model.format}")

    /** The model is there, byte for byte. The bundled one is taken as it is. */
    fun holds(model: ModelRef): Boolean = isBundled(model) || hashOf(fileOf(model)) == model.sha256

    internal val shelf = Shelf(bundled, ::holds)

    private fun isBundled(model: ModelRef) = model.sha256 == bundled.sha256

    internal fun partial(sha256: String): Path = folder.resolve("partial/$sha256")

    internal fun etagOf(sha256: String): String? = readText("partial/$sha256.etag")

    internal fun keepEtag(
        sha256: String,
        etag: String?,
    ) {
        if (etag == null) Files.deleteIfExists(folder.resolve("partial/$sha256.etag")) else replace("partial/$sha256.etag", etag)
    }

    internal fun discardPartial(sha256: String) {
        Files.deleteIfExists(partial(sha256))
        keepEtag(sha256, null)
    }

    /** A complete download becomes a model by one rename, and the trial of the next start. */
    internal fun stage(model: ModelRef) {
        locked(STATE_LOCK) {
            if (Files.exists(partial(model.sha256))) {
                flush(partial(model.sha256))
                Files.move(partial(model.sha256), fileOf(model), ATOMIC_MOVE, REPLACE_EXISTING)
                keepEtag(model.sha256, null)
            }
            change { stage(it, model) }
        }
    }

    /** Partial downloads of other models are of no use any more. */
    internal fun keepOnlyPartial(sha256: String) {
        val files = Files.newDirectoryStream(folder.resolve("partial")).use { it.toList() }
        files.filter { !it.fileName.toString().startsWith(sha256) }.forEach(Files::deleteIfExists)
    }

    internal fun freeSpace(): Long? = disk.freeSpace(folder)

    /** Runs alone among all threads and processes that use this folder; null when another has the lock. */
    internal fun <T> ifFree(
        name: String,
        run: () -> T,
    ): T? {
        val inside = threadLock(name)
        if (!inside.tryLock()) return null
        try {
            openLock(name).use { channel ->
                val lock: FileLock = channel.tryLock() ?: return null
                return lock.use { run() }
            }
        } finally {
            inside.unlock()
        }
    }

    private fun <T> locked(
        name: String,
        run: () -> T,
    ): T {
        val inside = threadLock(name)
        inside.lock()
        try {
            // The lock of the file is the process's, not the thread's: a nested call has it already.
            if (inside.holdCount > 1) return run()
            return openLock(name).use { channel -> channel.lock().use { run() } }
        } finally {
            inside.unlock()
        }
    }

    private fun openLock(name: String) = FileChannel.open(folder.resolve(name), CREATE, WRITE)

    private fun threadLock(name: String) = threadLocks.getOrPut(folder.toAbsolutePath().normalize().resolve(name)) { ReentrantLock() }

    private fun readText(name: String): String? =
        try {
            String(Files.readAllBytes(folder.resolve(name)))
        } catch (_: NoSuchFileException) {
            null
        }

    private fun replace(
        name: String,
        text: String,
    ) {
        val temporary = folder.resolve("$name.new")
        Files.write(temporary, text.toByteArray())
        flush(temporary)
        Files.move(temporary, folder.resolve(name), ATOMIC_MOVE, REPLACE_EXISTING)
    }

    private fun flush(file: Path) = FileChannel.open(file, WRITE).use { it.force(true) }

    private fun sweep(state: UpdateState) {
        val named = listOfNotNull(state.confirmed, state.trial?.model).map { it.sha256 }
        val models = Files.newDirectoryStream(folder.resolve("models")).use { it.toList() }
        models.filter { file -> named.none { file.fileName.toString().startsWith(it) } }.forEach(Files::deleteIfExists)
    }

    private companion object {
        const val STATE_LOCK = "state.lock"
        val threadLocks = ConcurrentHashMap<Path, ReentrantLock>()
    }
}

/** SHA-256 of a file in lower-case hex digits; null when it is not there, or cannot be read. */
internal fun hashOf(file: Path): String? =
    try {
        val digest = MessageDigest.getInstance("SHA-256")
        Files.newInputStream(file).use { input ->
            val buffer = ByteArray(65_536)
            generateSequence { input.read(buffer) }.takeWhile { it >= 0 }.forEach { digest.update(buffer, 0, it) }
        }
        hex(digest.digest())
    } catch (_: IOException) {
        null
    }
