import { hash, timingSafeEqual } from 'node:crypto'
import type { Identity } from './identity.ts'

interface ApiKey {
  readonly identity: Identity
  readonly digest: Buffer
}

/** Keys that are known by their SHA-256 only: the file that holds them opens nothing. */
export class ApiKeys {
  readonly #keys: readonly ApiKey[]

  private constructor(keys: readonly ApiKey[]) {
    this.#keys = keys
  }

  /** Lines `name:sha256hex`, `#` comments. A name with two keys is one whose key is being replaced. Throws Error with the line. */
  static parse(text: string): ApiKeys {
    const keys = text
      .split(/\r?\n/)
      .map((line, index) => ({ line: line.trim(), number: index + 1 }))
      .filter(({ line }) => line !== '' && !line.startsWith('#'))
      .map(({ line, number }) => parseLine(line, number))
    const digests = new Set<string>()
    for (const { identity, digest } of keys) {
      const hex = digest.toString('hex')
      if (digests.has(hex)) throw new Error(`the key of ${identity.name} is there twice`)
      digests.add(hex)
    }
    if (keys.length === 0) throw new Error('there is no key in it')
    return new ApiKeys(keys)
  }

  get size(): number {
    return this.#keys.length
  }

  /** Takes as long for any key: what a caller measures says nothing about the keys that there are. */
  identify(key: string): Identity | undefined {
    const digest = hash('sha256', key, 'buffer')
    let found: Identity | undefined
    for (const known of this.#keys) if (timingSafeEqual(known.digest, digest)) found = known.identity
    return found
  }
}

/** The line itself is never quoted: it may be a key that somebody forgot to hash. */
function parseLine(line: string, number: number): ApiKey {
  const [, name, hex] = /^([\w.@-]{1,64}):([\da-f]{64})$/i.exec(line) ?? []
  if (name === undefined || hex === undefined)
    throw new Error(`line ${number} is not name:sha256hex, with a name of letters, digits and . _ @ -`)
  return { identity: { kind: 'key', name }, digest: Buffer.from(hex, 'hex') }
}
