package inferenceserver.edge

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement

/** Files of src/test/resources. */
object Resources {
    fun text(name: String): String = checkNotNull(javaClass.classLoader.getResource(name)) { "no $name" }.readText()

    /** The vectors of the specification of updates that are called [kind]. */
    fun updates(kind: String): JsonElement {
        val line = text("edge-updates.txt").lines().single { it.startsWith("$kind: ") }
        return Json.parseToJsonElement(line.substringAfter(": "))
    }
}
