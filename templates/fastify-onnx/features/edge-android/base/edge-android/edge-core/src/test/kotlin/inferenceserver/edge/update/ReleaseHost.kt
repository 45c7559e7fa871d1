package inferenceserver.edge.update

import inferenceserver.edge.Export
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import java.math.BigInteger
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.util.Base64
import java.util.Collections

/** What a manifest says beside its model. */
data class ReleaseFields(
    val version: Long,
    val released: String = "2026-11-02T00:00:00Z",
    val expires: String = "2027-11-02T00:00:00Z",
    val rollout: Int = 100,
    val contract: String = Export.spec.model.contract,
)

/** A release directory on a real web server, signed with a key of its own; files can be changed on their way. */
class ReleaseHost : AutoCloseable {
    val keys: KeyPair =
        KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }
    val requests: MutableList<Request> = Collections.synchronizedList(mutableListOf())

    /** What becomes of an answer before it is sent. */
    var onItsWay: (Request, Reply) -> Reply = { _, reply -> reply }
    private var files = mapOf<String, ByteArray>()
    private val server = TestServer(::answer)
    val releases = Releases(server.manifest)

    fun release(
        model: ByteArray,
        fields: ReleaseFields,
    ) {
        val sha256 = sha256Hex(model)
        val format = Export.spec.model.format
        val manifest =
            buildJsonObject {
                put("schema", 1)
                put("name", Export.spec.name)
                put("version", fields.version)
                put("released", fields.released)
                put("expires", fields.expires)
                put("minRuntime", JsonNull)
                put("rollout", fields.rollout)
                put(
                    "model",
                    buildJsonObject {
                        put("file", "models/$sha256.$format")
                        put("sha256", sha256)
                        put("size", model.size)
                        put("precision", "fp32")
                        put("format", format)
                    },
                )
                put("contract", fields.contract)
            }.toString().toByteArray()
        files =
            mapOf(
                "manifest.json" to manifest,
                "manifests/${sha256Hex(manifest)}.sig" to sign(manifest),
                "models/$sha256.$format" to model,
            )
    }

    override fun close() = server.close()

    private fun answer(request: Request): Reply {
        requests += request
        val file = files[request.path.removePrefix("/releases/")] ?: return Reply(404)
        val from = request.headers["range"]?.let { Regex("bytes=([0-9]+)-").find(it)?.groupValues?.get(1)?.toInt() }
        val etag = "ETag" to "\"${sha256Hex(file)}\""
        val reply =
            if (from == null) {
                Reply(200, file, mapOf(etag))
            } else {
                Reply(206, file.copyOfRange(from, file.size), mapOf(etag, "Content-Range" to "bytes $from-${file.size - 1}/${file.size}"))
            }
        return onItsWay(request, reply)
    }

    private fun sign(bytes: ByteArray): ByteArray {
        val der =
            Signature.getInstance("SHA256withECDSA").run {
                initSign(keys.private)
                update(bytes)
                sign()
            }
        // SEQUENCE, then two INTEGERs of up to 33 bytes.
        val lengthOfR = der[3].toInt()
        val r = BigInteger(der.copyOfRange(4, 4 + lengthOfR))
        val s = BigInteger(der.copyOfRange(6 + lengthOfR, der.size))
        return Base64.getUrlEncoder().withoutPadding().encode(raw(r) + raw(s))
    }

    private fun raw(number: BigInteger): ByteArray = number.toByteArray().takeLast(32).toByteArray().let { ByteArray(32 - it.size) + it }
}

/** The bundled model with another comment: other bytes, the same answers. */
fun otherModel(comment: String): ByteArray {
    // The ONNX model's field 6, doc_string; what follows a flat buffer (.ort) is not read.
    val text = comment.toByteArray()
    return Export.bytes("models/${Export.spec.modelFile}") + byteArrayOf(0x32, text.size.toByte()) + text
}
