package inferenceserver.edge.update

import inferenceserver.edge.Export
import inferenceserver.edge.LiveModel
import inferenceserver.edge.session.ModelSession
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.IOException
import java.io.OutputStream
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.Paths

/** A device, its storage and a host of releases; the model is the export's. Every "app" is a new start of it over the same storage. */
class UpdateTest {
    @TempDir
    lateinit var folder: Path
    private val host = ReleaseHost()
    private val vector = Export.vectors.first { it.canBeAsked }
    private val second = otherModel("second")

    @AfterEach
    fun close() = host.close()

    @Test
    fun `a new model is loaded, tried at the next start, and confirmed by its first good answer`() {
        host.release(second, ReleaseFields(version = 2))
        assertEquals(0, App().use { it.answeringVersion() })
        App().use { app ->
            assertEquals(Answer.STAGED, app.check())
            assertEquals(0, app.answeringVersion(), "what runs goes on running")
        }
        App().use { app ->
            assertEquals(1, app.store.state().trial?.starts)
            assertEquals(2, app.answeringVersion())
            assertEquals(2, app.store.state().confirmed.version)
            assertEquals(null, app.store.state().trial)
            assertEquals(Answer.UP_TO_DATE, app.check())
        }
        assertEquals(2, App().use { it.answeringVersion() })
    }

    @Test
    fun `a download that is cut is resumed where it was, also by the next start of the app`() {
        host.release(second, ReleaseFields(version = 2))
        val quarter = second.size / 4
        host.onItsWay = { request, reply -> if (request.isModel()) cut(reply, quarter) else reply }
        // Each attempt brings something, so it goes on until all is there.
        App().use { assertEquals(Answer.STAGED, it.check()) }
        val starts = host.requests.filter { it.isModel() }.map { it.headers["range"] }
        assertEquals(listOf(null, "bytes=$quarter-", "bytes=${2 * quarter}-", "bytes=${3 * quarter}-"), starts.take(4))

        val third = otherModel("third one")
        val half = third.size / 2
        host.release(third, ReleaseFields(version = 3))
        host.onItsWay =
            { request, reply -> if (request.isModel()) cut(reply, if (request.headers["range"] == null) half else 0) else reply }
        App().use { assertEquals(Answer.UNREACHABLE, it.check()) }
        host.onItsWay = { _, reply -> reply }
        host.requests.clear()
        App().use { app ->
            assertEquals(Answer.STAGED, app.check())
            assertEquals("bytes=$half-", host.requests.single { it.isModel() }.headers["range"])
        }
        assertEquals(3, App().use { it.answeringVersion() })
    }

    @Test
    fun `a model that was changed on its way is not installed`() {
        host.release(second, ReleaseFields(version = 2))
        host.onItsWay = { request, reply -> if (request.isModel()) Reply(reply.status, flipped(reply.body), reply.headers) else reply }
        App().use { app ->
            assertEquals(Answer.BAD_MODEL, app.check())
            assertEquals(null, app.store.state().trial)
        }
        assertEquals(0, App().use { it.answeringVersion() })
    }

    @Test
    fun `a manifest that was changed on its way, or signed by another, is not believed`() {
        host.release(second, ReleaseFields(version = 2))
        val fresh = UpdateState(Export.spec.model, null, Seen(0, ""), null)
        host.onItsWay = { request, reply -> if (request.path.endsWith(".sig")) Reply(200, flipped(reply.body)) else reply }
        App().use { app ->
            assertEquals(Answer.BAD_SIGNATURE, app.check())
            assertEquals(fresh, app.store.state())
        }
        // The signature is asked for by the hash of what came: there is none of what was changed.
        host.onItsWay = { request, reply -> if (request.path.endsWith("manifest.json")) Reply(200, flipped(reply.body)) else reply }
        App().use { assertEquals(Answer.UNREACHABLE, it.check()) }
        ReleaseHost().use { other ->
            other.release(second, ReleaseFields(version = 2))
            App().use { assertEquals(Answer.BAD_SIGNATURE, it.check(other.releases)) }
        }
        assertTrue(host.requests.none { it.isModel() })
    }

    @Test
    fun `what is older, expired, of another contract or not for this device is not loaded`() {
        host.release(second, ReleaseFields(version = 5))
        App().use { assertEquals(Answer.STAGED, it.check()) }
        App().use { it.answeringVersion() }
        host.requests.clear()
        val third = otherModel("third")
        val refused =
            mapOf(
                ReleaseFields(version = 4) to Answer.DOWNGRADE,
                ReleaseFields(version = 6, expires = "2026-11-03T00:00:00Z") to Answer.EXPIRED,
                ReleaseFields(version = 7, contract = "f".repeat(64)) to Answer.WRONG_CONTRACT,
                ReleaseFields(version = 8, rollout = 0) to Answer.OUTSIDE_ROLLOUT,
            )
        for ((fields, answer) in refused) {
            host.release(third, fields)
            App().use { assertEquals(answer, it.check()) }
        }
        assertTrue(host.requests.none { it.isModel() })
        assertEquals(5, App().use { it.answeringVersion() })
    }

    @Test
    fun `a staged rollout takes the devices it says, always the same`() {
        val buckets = (0 until 2000).map { bucketOf("digits", 3, "device $it") }
        assertEquals(buckets, (0 until 2000).map { bucketOf("digits", 3, "device $it") })
        val share = buckets.count { it < 10 } / 2000.0
        assertTrue(share in 0.07..0.13, "$share of the devices are in a rollout of 10 percent")
    }

    @Test
    fun `a full disk stops the download, and nothing else`() {
        host.release(second, ReleaseFields(version = 2))
        App(QuotaDisk(bytes = second.size / 2L)).use { app ->
            assertEquals(Answer.NO_SPACE, app.check())
            assertEquals(0, app.answeringVersion())
            assertTrue(Files.list(folder.resolve("partial")).use { it.toList() }.isEmpty(), "no space is taken")
        }
        host.requests.clear()
        App(QuotaDisk(bytes = Long.MAX_VALUE, free = second.size - 1L)).use { assertEquals(Answer.NO_SPACE, it.check()) }
        assertTrue(host.requests.none { it.isModel() }, "what does not fit is not asked for")
        App().use { assertEquals(Answer.STAGED, it.check()) }
        assertEquals(2, App().use { it.answeringVersion() })
    }

    @Test
    fun `a disk that is really full (Linux's device of that name) is the same`() {
        val full = Paths.get("/dev/full")
        assumeTrue(Files.exists(full), "there is no /dev/full here")
        host.release(second, ReleaseFields(version = 2))
        val disk =
            object : Disk() {
                override fun append(file: Path): OutputStream = Files.newOutputStream(full)
            }
        App(disk).use { assertEquals(Answer.NO_SPACE, it.check()) }
    }

    @Test
    fun `a model that does not load is rolled back after three starts and not tried again, and the app answers all along`() {
        host.release(ByteArray(5000) { 7 }, ReleaseFields(version = 2))
        App().use { assertEquals(Answer.STAGED, it.check()) }
        for (start in 1..3) App().use { assertEquals(0, it.answeringVersion(), "start $start") }
        App().use { app ->
            assertEquals(2, app.store.state().bad)
            assertEquals(Answer.KNOWN_BAD, app.check())
            assertEquals(0, app.answeringVersion())
        }
        host.release(second, ReleaseFields(version = 3))
        App().use { assertEquals(Answer.STAGED, it.check()) }
        assertEquals(3, App().use { it.answeringVersion() })
    }

    @Test
    fun `a model that takes the app down with it is rolled back at the fourth start`() {
        host.release(second, ReleaseFields(version = 2))
        App().use { assertEquals(Answer.STAGED, it.check()) }
        // The app is gone before it could say anything.
        repeat(3) { assertEquals(2, newUpdater(Disk()).second.start().model.version) }
        assertEquals(0, App().use { it.answeringVersion() })
    }

    @Test
    fun `broken storage is answered by the bundled model`() {
        host.release(second, ReleaseFields(version = 2))
        App().use { it.check() }
        App().use { it.answeringVersion() }
        // Killed while the next state was written: the one before it counts.
        Files.write(folder.resolve("state.json.new"), "{\"schema\":".toByteArray())
        assertEquals(2, App().use { it.answeringVersion() })
        val model = Files.list(folder.resolve("models")).use { it.toList() }.single()
        Files.write(model, flipped(Files.readAllBytes(model)))
        assertEquals(0, App().use { it.answeringVersion() })
        Files.write(folder.resolve("state.json"), "{\"schema\":1,".toByteArray())
        assertEquals(0, App().use { it.answeringVersion() })
    }

    @Test
    fun `one loads, the other is told that it is busy, and no model is left behind`() {
        host.release(second, ReleaseFields(version = 2))
        val others = mutableListOf<Answer>()
        host.onItsWay = { request, reply ->
            if (request.isModel()) others += newUpdater(Disk()).second.check(host.releases)
            reply
        }
        App().use { assertEquals(Answer.STAGED, it.check()) }
        assertEquals(listOf(Answer.BUSY), others)
        App().use { it.answeringVersion() }
        host.onItsWay = { _, reply -> reply }
        host.release(otherModel("third"), ReleaseFields(version = 3))
        App().use { it.check() }
        App().use { it.answeringVersion() }
        assertEquals(1, Files.list(folder.resolve("models")).use { it.count() })
    }

    private fun Request.isModel() = path.startsWith("/releases/models/")

    private fun cut(
        reply: Reply,
        length: Int,
    ) = Reply(reply.status, reply.body.copyOf(minOf(length, reply.body.size)), reply.headers, declared = reply.body.size)

    private fun flipped(bytes: ByteArray) = bytes.copyOf().also { it[it.size / 2] = (it[it.size / 2] + 1).toByte() }

    private fun newUpdater(disk: Disk): Pair<Store, Updater> {
        val store = Store(folder, Export.spec.model, Export.model, disk)
        val spec = Export.spec
        val device = Device(store.deviceId, spec.name, listOf(host.keys.public), spec.model.contract, ModelSession.runtimeVersion)
        return store to Updater(store, device, now = { "2026-11-10T12:00:00Z" }, pause = {})
    }

    private inner class App(
        disk: Disk = Disk(),
    ) : AutoCloseable {
        private val updating = newUpdater(disk)
        private val live = LiveModel(Export.spec, updating.second)
        val store = updating.first

        fun check(releases: Releases = host.releases) = updating.second.check(releases)

        /** Asks, checks that the answer is right, and says who gave it. */
        fun answeringVersion(): Int {
            val answer = live.predict { vector.askOf(it) }
            assertEquals(vector.outputs.mapValues { (_, output) -> output.shape }, answer.outputs.mapValues { (_, output) -> output.shape })
            return live.version.toInt()
        }

        override fun close() = live.close()
    }

    /** A disk with room for so many bytes. */
    private class QuotaDisk(
        private var bytes: Long,
        private val free: Long? = null,
    ) : Disk() {
        override fun append(file: Path): OutputStream {
            val inner = super.append(file)
            return object : OutputStream() {
                override fun write(byte: Int) = write(byteArrayOf(byte.toByte()), 0, 1)

                override fun write(
                    buffer: ByteArray,
                    offset: Int,
                    length: Int,
                ) {
                    val written = minOf(bytes, length.toLong()).toInt()
                    inner.write(buffer, offset, written)
                    bytes -= written
                    if (written < length) throw IOException("No space left on device")
                }

                override fun close() = inner.close()
            }
        }

        override fun freeSpace(folder: Path) = free
    }
}
