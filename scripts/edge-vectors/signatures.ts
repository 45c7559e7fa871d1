import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { TestKey, TestKeys } from './keys.ts'
import { MANIFEST } from './sample.ts'

interface SignatureVector {
  readonly name: string
  /** Base64 of the exact bytes. */
  readonly manifest: string
  /** The text of the .sig file. */
  readonly signature: string
  readonly publicKeys: readonly string[]
  readonly valid: boolean
}

const BYTES = Buffer.from(`${JSON.stringify(MANIFEST, null, 2)}\n`)

/** Signatures hold a random number: those of `file` that are right are kept. */
export function signatureVectors({ keys }: TestKeys, file: string): SignatureVector[] {
  const { current, next, foreign } = keys
  const former: SignatureVector[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const raw = formerSignature(former, current) ?? signRaw(BYTES, current)
  const byNext = formerSignature(former, next) ?? signRaw(BYTES, next)
  const text = raw.toString('base64url')
  const der = toDer(raw)
  const vector = (name: string, valid: boolean, more: Partial<SignatureVector> = {}): SignatureVector => ({
    name,
    manifest: BYTES.toString('base64'),
    signature: text,
    publicKeys: [current.publicKey],
    valid,
    ...more,
  })
  const other = (bytes: Buffer) => ({ manifest: bytes.toString('base64') })
  return [
    vector('the exact bytes', true),
    vector('a newline after it', true, { signature: `${text}\n` }),
    vector('whitespace around it', true, { signature: ` \t${text}\r\n` }),
    vector('signed with the next key, which the app holds too', true, {
      signature: byNext.toString('base64url'),
      publicKeys: [current.publicKey, next.publicKey],
    }),
    vector('the other s of the same signature', true, { signature: otherS(raw).toString('base64url') }),
    vector(
      'one byte of the manifest is another',
      false,
      other(Buffer.from(BYTES.map((b, i) => (i === 40 ? b ^ 1 : b)))),
    ),
    vector('a newline more in the manifest', false, other(Buffer.concat([BYTES, Buffer.from('\n')]))),
    vector('the same JSON, written otherwise', false, other(Buffer.from(JSON.stringify(MANIFEST)))),
    vector('CRLF in place of LF', false, other(Buffer.from(BYTES.toString().replaceAll('\n', '\r\n')))),
    vector('signed with a key that the app does not hold', false, { signature: byNext.toString('base64url') }),
    vector('a foreign public key', false, { publicKeys: [foreign.publicKey] }),
    vector('no public key', false, { publicKeys: [] }),
    vector('no signature', false, { signature: '' }),
    vector('64 zeros', false, { signature: Buffer.alloc(64).toString('base64url') }),
    vector('64 bytes of ones', false, { signature: Buffer.alloc(64, 255).toString('base64url') }),
    vector('r and s swapped', false, {
      signature: Buffer.concat([raw.subarray(32), raw.subarray(0, 32)]).toString('base64url'),
    }),
    vector('DER in place of r || s', false, { signature: der.toString('base64url') }),
    vector('base64 with padding', false, { signature: `${text}==` }),
    vector('hex', false, { signature: raw.toString('hex') }),
    vector('a byte less', false, { signature: raw.subarray(0, 63).toString('base64url') }),
    vector('a byte more', false, { signature: Buffer.concat([raw, Buffer.alloc(1)]).toString('base64url') }),
    vector('a space within', false, { signature: `${text.slice(0, 40)} ${text.slice(40)}` }),
    vector('a page of HTML in its place', false, { signature: '<!doctype html><title>Sign in</title>' }),
  ]
}

function formerSignature(former: readonly SignatureVector[], { publicKey }: TestKey): Buffer | undefined {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' })
  return former
    .map(({ signature }) => Buffer.from(signature, 'base64url'))
    .find((raw) => raw.length === 64 && verify('sha256', BYTES, { key, dsaEncoding: 'ieee-p1363' }, raw))
}

function signRaw(bytes: Buffer, { testOnlyPrivateKey }: TestKey): Buffer {
  const key = createPrivateKey({ key: Buffer.from(testOnlyPrivateKey, 'base64'), type: 'pkcs8', format: 'der' })
  return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
}

/** The order of P-256: s and n - s sign the same. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function otherS(raw: Buffer): Buffer {
  const s = ORDER - BigInt(`0x${raw.subarray(32).toString('hex')}`)
  return Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
}

function toDer(raw: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    const from = bytes.findIndex((byte) => byte !== 0)
    const digits = bytes.subarray(from)
    const padded = (digits[0] ?? 0) > 127 ? Buffer.concat([Buffer.alloc(1), digits]) : digits
    return Buffer.concat([Buffer.from([2, padded.length]), padded])
  }
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}
