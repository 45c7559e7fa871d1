package inferenceserver.edge.update

import java.nio.ByteBuffer
import java.security.MessageDigest

/** 0 to 99, the same for this device and version always; a release with a rollout of more than that is for it. */
fun bucketOf(
    name: String,
    version: Long,
    deviceId: String,
): Int {
    val digest = MessageDigest.getInstance("SHA-256").digest("$name:$version:$deviceId".toByteArray())
    return (ByteBuffer.wrap(digest).int.toUInt() % 100u).toInt()
}
