package inferenceserver.edge.update

import inferenceserver.edge.Resources
import inferenceserver.edge.int
import inferenceserver.edge.string
import inferenceserver.edge.stringOrNull
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path

/** The shared vectors of downloads, each over a real connection. */
class DownloadVectorsTest {
    @TempDir
    lateinit var folder: Path

    private val file = Resources.updates("downloads").jsonObject
    private val bytes = base64(file.string("model"))
    private val model = ReleasedModel("models/${file.string("sha256")}.onnx", file.string("sha256"), bytes.size.toLong(), "onnx")
    private val bundled = ModelRef(0, "0".repeat(64), 1, "onnx", "1".repeat(64))

    @TestFactory
    fun `a download goes as the specification says`(): List<DynamicTest> =
        file.getValue("vectors").jsonArray.mapIndexed { index, vector ->
            dynamicTest("$index ${vector.jsonObject.string("name")}") { play(vector.jsonObject, folder.resolve("$index")) }
        }

    private fun play(
        vector: JsonObject,
        place: Path,
    ) {
        val store = Store(place, bundled, place.resolve("bundled.onnx"))
        vector["partial"].takeUnless { it is JsonNull }?.jsonObject?.let { putPartial(store, it) }
        val script = Script(vector.getValue("exchanges").jsonArray.map { it.jsonObject })
        TestServer(script::answer).use { server ->
            script.server = server
            script.prepareNext()
            val answer = Download(store, Releases(server.manifest), { script.passed() }, model).run()
            script.passed()
            val isThere = answer == Answer.INSTALL
            assertEquals(vector.string("answer"), if (isThere) "staged" else answer.name.lowercase())
            if (isThere) store.stage(ModelRef(1, model.sha256, model.size, "onnx", bundled.contract))
        }
        assertEquals(script.exchanges.size, script.done, "every exchange happened")
        assertEquals(emptyList<String>(), script.surprises)
        assertLeft(vector, store)
    }

    private fun putPartial(
        store: Store,
        partial: JsonObject,
    ) {
        val length = partial.int("received")
        val there = bytes.copyOf(length)
        if (partial["wrong"] != null) there[0] = (there[0] + 1).toByte()
        Files.write(store.partial(model.sha256), there)
        store.keepEtag(model.sha256, partial.stringOrNull("etag"))
    }

    private fun assertLeft(
        vector: JsonObject,
        store: Store,
    ) {
        val left = vector["left"].takeUnless { it is JsonNull }?.jsonObject
        val partial = store.partial(model.sha256)
        assertEquals(left?.int("received")?.toLong(), if (Files.exists(partial)) Files.size(partial) else null)
        assertEquals(left?.stringOrNull("etag"), store.etagOf(model.sha256))
    }

    /** The server's part: what it must be asked, and what it answers; an exchange without an answer finds nobody listening. */
    private inner class Script(
        val exchanges: List<JsonObject>,
    ) {
        lateinit var server: TestServer
        var done = 0
        private var wasAnswered = false
        val surprises = mutableListOf<String>()

        fun answer(request: Request): Reply {
            val exchange = exchanges.getOrNull(done) ?: return Reply(500).also { surprises += "one request too many" }
            val expected = exchange.getValue("request").jsonObject
            for ((name, header) in listOf("range" to "range", "ifRange" to "if-range")) {
                if (expected.stringOrNull(name) != request.headers[header]) surprises += "$header: ${request.headers[header]}"
            }
            if (request.path != "/releases/${model.file}") surprises += request.path
            done += 1
            wasAnswered = true
            prepareNext()
            return replyOf(exchange.getValue("response").jsonObject)
        }

        /** The client waits, or is done: where nobody was listening, that was the exchange. */
        fun passed() {
            if (!wasAnswered && isAway()) done += 1
            wasAnswered = false
            prepareNext()
        }

        fun prepareNext() = if (isAway()) server.leave() else server.comeBack()

        private fun isAway() = exchanges.getOrNull(done)?.get("response") is JsonNull
    }

    private fun replyOf(response: JsonObject): Reply {
        val from = response["from"]?.jsonPrimitive?.content?.toInt() ?: 0
        val to = response["to"]?.jsonPrimitive?.content?.toInt() ?: 0
        val extra = response["extra"]?.jsonPrimitive?.content?.toInt() ?: 0
        val body = bytes.copyOfRange(from, to) + ByteArray(extra)
        if (response["wrong"] != null) body[body.size - 1] = (body.last() + 1).toByte()
        val headers = response.getValue("headers").jsonObject.mapValues { (_, value) -> value.jsonPrimitive.content }
        // A connection that breaks has promised more than it gave.
        val declared = if (response["cut"] != null) bytes.size - from else body.size
        return Reply(response.int("status"), body, headers, declared)
    }
}
