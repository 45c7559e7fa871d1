/** Bytes that own their memory: what WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>

/** SHA-256 in lower-case hex. */
export async function sha256(bytes: Bytes): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The bytes of base64 or base64url; null when it is none, of the wrong length, or padded where that is not wanted. */
export function fromBase64(text: string): Bytes | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
