package inferenceserver.edge.update

import java.math.BigInteger
import java.security.GeneralSecurityException
import java.security.KeyFactory
import java.security.MessageDigest
import java.security.PublicKey
import java.security.Signature
import java.security.spec.X509EncodedKeySpec
import java.util.Base64

/** A public key of P-256: base64 of its SubjectPublicKeyInfo in DER, what stands between the lines of a PEM file. */
fun parsePublicKey(base64: String): PublicKey {
    val spec = X509EncodedKeySpec(Base64.getMimeDecoder().decode(base64))
    return KeyFactory.getInstance("EC").generatePublic(spec)
}

private val SIGNATURE = Regex("[A-Za-z0-9_-]{86}")
private val BLANKS = charArrayOf(' ', '\t', '\r', '\n')

/** Whether any of the keys made this signature (64 bytes `r || s` in base64url) over exactly these bytes. */
fun isSignedBy(
    keys: List<PublicKey>,
    bytes: ByteArray,
    signature: String,
): Boolean {
    val text = signature.trim(*BLANKS)
    if (!SIGNATURE.matches(text)) return false
    val raw = Base64.getUrlDecoder().decode(text)
    return keys.any { key -> verifies(key, bytes, toDer(raw)) }
}

private fun verifies(
    key: PublicKey,
    bytes: ByteArray,
    der: ByteArray,
): Boolean =
    try {
        // The form of `r || s` itself (P1363) is not known to Android.
        Signature.getInstance("SHA256withECDSA").run {
            initVerify(key)
            update(bytes)
            verify(der)
        }
    } catch (_: GeneralSecurityException) {
        false // r or s is out of range
    }

/** SEQUENCE { INTEGER r, INTEGER s }; both are short enough for lengths of one byte. */
private fun toDer(raw: ByteArray): ByteArray {
    val integers = listOf(raw.copyOfRange(0, 32), raw.copyOfRange(32, 64)).map { BigInteger(1, it).toByteArray() }
    val body = integers.fold(byteArrayOf()) { der, integer -> der + byteArrayOf(2, integer.size.toByte()) + integer }
    return byteArrayOf(0x30, body.size.toByte()) + body
}

fun sha256Hex(bytes: ByteArray): String = hex(MessageDigest.getInstance("SHA-256").digest(bytes))

internal fun hex(bytes: ByteArray): String = bytes.joinToString("") { "%02x".format(it) }
