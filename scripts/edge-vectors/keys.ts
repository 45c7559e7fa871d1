import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

export interface TestKey {
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly publicKey: string
  /** Base64 of the PKCS8. It protects nothing. */
  readonly testOnlyPrivateKey: string
}

export interface TestKeys {
  readonly note: string
  readonly keys: { readonly current: TestKey; readonly next: TestKey; readonly foreign: TestKey }
}

/** The keys of the file, or new ones. */
export function readKeys(file: string): TestKeys {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  return {
    note: 'TEST KEYS ONLY: they are public and protect nothing. Never sign a release with them.',
    keys: { current: makeKey(), next: makeKey(), foreign: makeKey() },
  }
}

function makeKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    testOnlyPrivateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  }
}
