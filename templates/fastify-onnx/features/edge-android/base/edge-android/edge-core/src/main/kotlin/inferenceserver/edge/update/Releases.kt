package inferenceserver.edge.update

import java.io.ByteArrayInputStream
import java.io.Closeable
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URI

/** An answer of the host of releases; [body] is read as it comes. */
class Response(
    val status: Int,
    private val headers: (String) -> String?,
    val body: InputStream,
    private val onClose: () -> Unit,
) : Closeable {
    fun header(name: String): String? = headers(name)

    override fun close() = onClose()
}

private const val CONNECT_TIMEOUT_MS = 15_000
private const val READ_TIMEOUT_MS = 30_000
private const val MAX_SIGNATURE_BYTES = 1_024
private const val OK = 200

/** A release directory on the network: [manifest] is the address of its manifest.json. */
class Releases(
    private val manifest: URI,
) {
    /** The newest manifest and its signature, not judged; null when they cannot be had now. */
    fun fetch(): SignedManifest? =
        try {
            val bytes = readSmall(manifest, MAX_MANIFEST_BYTES)
            val signature = bytes?.let { readSmall(manifest.resolve("manifests/${sha256Hex(it)}.sig"), MAX_SIGNATURE_BYTES) }
            if (bytes == null || signature == null) null else SignedManifest(bytes, String(signature, Charsets.UTF_8))
        } catch (_: IOException) {
            null
        }

    /** @throws IOException when there is no answer. */
    fun get(
        file: String,
        headers: Map<String, String>,
    ): Response = open(manifest.resolve(file), headers)

    private fun readSmall(
        address: URI,
        most: Int,
    ): ByteArray? =
        open(address, mapOf("Cache-Control" to "no-cache")).use { response ->
            if (response.status != OK) return null
            // One byte more tells that there are too many.
            val bytes = readAtMost(response.body, most + 1)
            bytes.takeIf { it.size <= most }
        }

    private fun readAtMost(
        input: InputStream,
        most: Int,
    ): ByteArray {
        val buffer = ByteArray(most)
        var length = 0
        while (length < most) {
            val count = input.read(buffer, length, most - length)
            if (count < 0) break
            length += count
        }
        return buffer.copyOf(length)
    }

    private fun open(
        address: URI,
        headers: Map<String, String>,
    ): Response {
        val connection = address.toURL().openConnection() as HttpURLConnection // the addresses are http and https
        connection.connectTimeout = CONNECT_TIMEOUT_MS
        connection.readTimeout = READ_TIMEOUT_MS
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        // Android would ask for gzip by itself, and unpack it: bytes are counted and hashed here.
        connection.setRequestProperty("Accept-Encoding", "identity")
        headers.forEach { (name, value) -> connection.setRequestProperty(name, value) }
        val status = connection.responseCode
        val body = (if (status < 400) connection.inputStream else connection.errorStream) ?: ByteArrayInputStream(ByteArray(0))
        return Response(status, connection::getHeaderField, body) {
            // Bytes that nobody wants must not be waited for.
            connection.disconnect()
        }
    }
}
