package inferenceserver.edge.update

import inferenceserver.edge.BadJson
import inferenceserver.edge.Resources
import inferenceserver.edge.string
import inferenceserver.edge.stringOrNull
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import java.util.Base64

/** The vectors that every client of the specification is tested with, the browser's too. */
class VectorsTest {
    @TestFactory
    fun `a signature is good or not`() =
        eachVector("signatures") { vector ->
            val keys = vector.getValue("publicKeys").jsonArray.map { parsePublicKey(it.jsonPrimitive.content) }
            val isGood = isSignedBy(keys, base64(vector.string("manifest")), vector.string("signature"))
            assertEquals(vector.getValue("valid").jsonPrimitive.boolean, isGood)
        }

    @TestFactory
    fun `a manifest is read or refused`() =
        eachVector("manifests") { vector ->
            val answer =
                try {
                    parseManifest(base64(vector.string("manifest")))
                    "ok"
                } catch (_: NewerSchema) {
                    "newer_schema"
                } catch (_: BadJson) {
                    "bad_manifest"
                }
            assertEquals(vector.string("answer"), answer)
        }

    @TestFactory
    fun `a verified manifest is judged`() =
        eachVector("decisions") { vector ->
            val app = vector.getValue("app").jsonObject
            val device = Device(app.string("deviceId"), app.string("name"), emptyList(), app.string("contract"), app.string("runtime"))
            val manifest = parseManifest(vector.getValue("manifest").toString().toByteArray())
            val checked = judgeManifest(manifest, stateOf(vector.getValue("state")), device, vector.string("now"))
            assertEquals(vector.string("answer"), checked.answer.name.lowercase())
            assertEquals(stateOf(vector.getValue("after")), checked.state)
        }

    @TestFactory
    fun `a device is in a bucket`() =
        eachVector("buckets") { vector ->
            val version = vector.getValue("version").jsonPrimitive.long
            assertEquals(vector.getValue("bucket").jsonPrimitive.int, bucketOf(vector.string("name"), version, vector.string("deviceId")))
        }

    @TestFactory
    fun `a stored state is opened`() =
        eachVector("openings") { vector ->
            val bundled = ModelRef.read(vector.getValue("bundled").jsonObject)
            val opened = openState(vector.stringOrNull("stored"), bundled)
            assertEquals(stateOf(vector.getValue("opened")), opened)
            assertEquals(vector.getValue("opened"), Json.parseToJsonElement(opened.print()), "printed as the specification has it")
        }

    @TestFactory
    fun `a trial is started, confirmed and rolled back`() =
        eachVector("transitions") { vector ->
            val bundled = ModelRef.read(vector.getValue("bundled").jsonObject)
            var state = stateOf(vector.getValue("state"))
            for (step in vector.getValue("steps").jsonArray.map { it.jsonObject }) {
                val lost = step["lost"]?.jsonArray?.map { it.jsonPrimitive.content } ?: emptyList()
                val transition = apply(step, state, Shelf(bundled) { it.sha256 !in lost })
                state = transition.state
                assertEquals(stateOf(step.getValue("state")), state, "after ${step.string("event")}")
                val run = step["run"]?.jsonObject ?: continue
                assertEquals(run.string("sha256"), transition.run.sha256)
                assertEquals(run.getValue("version").jsonPrimitive.long, transition.run.version)
            }
        }

    private fun apply(
        step: JsonObject,
        state: UpdateState,
        shelf: Shelf,
    ): Transition =
        when (val event = step.string("event")) {
            "start" -> start(state, shelf)
            "fail" -> fail(state, step.getValue("version").jsonPrimitive.long, shelf)
            "confirm" -> confirm(state, step.getValue("version").jsonPrimitive.long).let { Transition(it, it.active) }
            "stage" -> stage(state, ModelRef.read(step.getValue("model").jsonObject)).let { Transition(it, it.active) }
            else -> throw IllegalArgumentException(event)
        }

    /** As it stands in a vector: opened, so that it is what it says. */
    private fun stateOf(json: JsonElement): UpdateState {
        val confirmed = ModelRef.read(json.jsonObject.getValue("confirmed").jsonObject)
        // Opened by an app whose bundled model is too old to change anything.
        return openState(json.toString(), confirmed.copy(version = 0))
    }

    private fun eachVector(
        file: String,
        check: (JsonObject) -> Unit,
    ): List<DynamicTest> =
        Resources.updates(file).jsonArray.mapIndexed { index, vector ->
            val named = vector.jsonObject
            dynamicTest("$index ${named.string("name")}") { check(named) }
        }
}

internal fun base64(text: String): ByteArray = Base64.getDecoder().decode(text)
