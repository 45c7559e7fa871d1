import { Problem } from '../problem.ts'

/** In lower-case hexadecimal digits. Throws Problem where the browser gives no cryptography to the page. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new Problem({
      code: 'insecure',
      message: 'This page was not opened over https.',
      hint: 'Browsers let a page check its model, use the camera and work offline only over https (or on localhost).',
    })
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
