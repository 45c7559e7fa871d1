import { type Bytes, fromBase64 } from './hash.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** 64 bytes, r || s, in base64url without padding; the last character carries 4 bits. */
const SIGNATURE = /^[A-Za-z0-9_-]{85}[AQgw]$/

/**
 * True when one of the keys (base64 of SubjectPublicKeyInfo) signed exactly these bytes; `text` is what the .sig file holds.
 * Throws when a key is no P-256 key: an app is not built with such a one.
 */
export async function isSigned(bytes: Bytes, text: string, publicKeys: readonly string[]): Promise<boolean> {
  const signature = readSignature(text)
  if (signature === null) return false
  for (const publicKey of publicKeys) {
    const key = await importKey(publicKey)
    if (await crypto.subtle.verify(ALGORITHM, key, signature, bytes)) return true
  }
  return false
}

function readSignature(text: string): Bytes | null {
  const encoded = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  if (!SIGNATURE.test(encoded)) return null
  return fromBase64(encoded.replaceAll('-', '+').replaceAll('_', '/'))
}

async function importKey(publicKey: string) {
  const spki = fromBase64(publicKey)
  if (spki === null) throw new Error('a public key is not base64 of its SubjectPublicKeyInfo')
  return crypto.subtle.importKey('spki', spki, ALGORITHM, false, ['verify'])
}
