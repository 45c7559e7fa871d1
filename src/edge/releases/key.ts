import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CreateError } from '../../errors.ts'

const CURVE = 'prime256v1'

/** A key that signs releases. */
export interface SigningKey {
  /** Base64 of the SubjectPublicKeyInfo: what apps are given. */
  readonly publicKey: string
  /** The text of a .sig file. */
  sign(bytes: Uint8Array): string
}

/** A new key pair: the private one as PEM (PKCS8), the public one as apps hold it. */
export function makeKeyPair(): { readonly pem: string; readonly publicKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE })
  return { pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey: printPublicKey(publicKey) }
}

/** Reads a private P-256 key in PEM. Throws `not_found`, `invalid`; no message ever holds what the file does. */
export function readSigningKey(file: string, passphrase?: string): SigningKey {
  const key = parsePrivateKey(file, readKeyFile(file), passphrase)
  refuseOtherCurve(file, key)
  return {
    publicKey: printPublicKey(createPublicKey(key)),
    sign: (bytes) => `${sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}\n`,
  }
}

/** Reads a public P-256 key, PEM or the line that `--new-key` prints, as apps hold it. Throws `not_found`, `invalid`. */
export function readPublicKey(file: string): string {
  const text = readKeyFile(file)
  if (text.includes('PRIVATE KEY')) {
    throw new CreateError('invalid', `${file} is a private key`, {
      hint: `Whoever verifies needs the public one: openssl pkey -in ${file} -pubout`,
    })
  }
  const key = parsePublicKey(file, text)
  refuseOtherCurve(file, key)
  return printPublicKey(key)
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause && cause.code !== 'ENOENT' ? ` (${cause.code})` : ''
    throw new CreateError('not_found', `the key ${file} cannot be read${reason}`, {
      hint: 'Make one with create-inference-server edge release --new-key FILE.pem, outside of the project.',
      cause,
    })
  }
}

function parsePrivateKey(file: string, text: string, passphrase: string | undefined): KeyObject {
  if (text.includes('PUBLIC KEY')) throw notAKey(file, 'it is a public key: releases are signed with the private one')
  const isEncrypted = text.includes('ENCRYPTED')
  if (isEncrypted && passphrase === undefined) {
    throw new CreateError('usage', `${file} is encrypted`, {
      hint: 'Name a file that holds its passphrase: --passphrase-file FILE (/dev/stdin to type it).',
    })
  }
  try {
    return createPrivateKey({ key: text, ...(passphrase !== undefined && { passphrase }) })
  } catch {
    // The cause is left out: nobody knows what a cryptographic library quotes.
    throw notAKey(file, isEncrypted ? 'the passphrase does not open it' : 'it is no PEM file of a private key')
  }
}

function parsePublicKey(file: string, text: string): KeyObject {
  try {
    if (text.includes('-----BEGIN')) return createPublicKey(text)
    return createPublicKey({ key: Buffer.from(text.trim(), 'base64'), type: 'spki', format: 'der' })
  } catch {
    throw notAKey(file, 'it is neither a PEM file of a public key nor the base64 of one')
  }
}

function refuseOtherCurve(file: string, { asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject): void {
  const curve = asymmetricKeyDetails?.namedCurve
  if (type === 'ec' && curve === CURVE) return
  throw notAKey(file, `it is ${type === 'ec' ? `of the curve ${curve}` : `a key of the kind ${type}`}`)
}

function notAKey(file: string, reason: string): CreateError {
  return new CreateError('invalid', `${file} is no key that signs releases`, {
    issues: [{ file, message: reason }],
    hint: 'Releases are signed with ECDSA on P-256. Make a key with create-inference-server edge release --new-key FILE.pem.',
  })
}

function printPublicKey(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64')
}
