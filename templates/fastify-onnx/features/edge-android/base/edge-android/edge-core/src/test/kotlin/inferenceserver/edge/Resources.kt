package inferenceserver.edge

import kotlinx.serialization.json.Json

/** Files of src/test/resources. */
object Resources {
    fun text(name: String): String = checkNotNull(javaClass.classLoader.getResource(name)) { "no $name" }.readText()

    fun json(name: String) = Json.parseToJsonElement(text(name))
}
