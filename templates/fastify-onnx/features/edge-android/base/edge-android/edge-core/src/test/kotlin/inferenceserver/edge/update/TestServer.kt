package inferenceserver.edge.update

import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.URI
import kotlin.concurrent.thread

class Request(
    val path: String,
    val headers: Map<String, String>,
)

/** [declared]: what Content-Length says, when it is not the truth. */
class Reply(
    val status: Int,
    val body: ByteArray = ByteArray(0),
    val headers: Map<String, String> = emptyMap(),
    val declared: Int = body.size,
)

/** A web server on a real socket that can do what a good one does not: lie about lengths, break connections, and be away. */
class TestServer(
    private val answer: (Request) -> Reply,
) : AutoCloseable {
    private var socket: ServerSocket? = null
    private var accepting: Thread? = null
    private val port: Int

    init {
        port = listen(0)
    }

    val manifest: URI get() = URI("http://127.0.0.1:$port/releases/manifest.json")

    /** From here on connections are refused: the thread that waits for one may hold the socket open after it was closed. */
    @Synchronized
    fun leave() {
        socket?.close()
        accepting?.join()
        socket = null
    }

    @Synchronized
    fun comeBack() {
        if (socket == null) listen(port)
    }

    override fun close() = leave()

    private fun listen(port: Int): Int {
        val listening = ServerSocket()
        listening.reuseAddress = true
        listening.bind(InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        socket = listening
        accepting =
            thread(isDaemon = true) {
                try {
                    while (true) listening.accept().let { connection -> thread(isDaemon = true) { connection.use(::serve) } }
                } catch (_: IOException) {
                    // it was closed, by us
                }
            }
        return listening.localPort
    }

    private fun serve(connection: Socket) {
        try {
            val reply = answer(readRequest(connection) ?: return)
            val headers = reply.headers.map { (name, value) -> "$name: $value\r\n" }.joinToString("")
            val head = "HTTP/1.1 ${reply.status} It\r\nContent-Length: ${reply.declared}\r\nConnection: close\r\n$headers\r\n"
            connection.getOutputStream().run {
                write(head.toByteArray())
                write(reply.body)
                flush()
            }
        } catch (_: IOException) {
            // the client has gone, as it may
        }
    }

    private fun readRequest(connection: Socket): Request? {
        val lines = connection.getInputStream().bufferedReader(Charsets.ISO_8859_1)
        val path = lines.readLine()?.split(" ")?.get(1) ?: return null
        val headers = generateSequence { lines.readLine()?.takeIf { it.isNotEmpty() } }
        return Request(path, headers.associate { it.substringBefore(":").lowercase() to it.substringAfter(":").trim() })
    }
}
