import { readSmall } from './body.ts'
import { type Bytes, sha256 } from './hash.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { isSigned } from './signature.ts'
import { Silence, type Tools } from './tools.ts'

export type Fetched =
  | { readonly answer: 'ok'; readonly manifest: Manifest }
  | { readonly answer: 'unreachable' | 'bad_signature' | 'newer_schema' | 'bad_manifest' }

/** Where releases are, and whose they must be. */
export interface Source {
  /** Of the release directory, ending in a slash. */
  readonly url: string
  /** Base64 of SubjectPublicKeyInfo, each. */
  readonly publicKeys: readonly string[]
}

const MANIFEST_BYTES = 65_536
const SIGNATURE_BYTES = 1024

/** Gets the newest manifest and verifies it. Its signature is named by its hash: the two always belong together. */
export async function fetchManifest({ url, publicKeys }: Source, tools: Tools): Promise<Fetched> {
  const bytes = await get(new URL('manifest.json', url), MANIFEST_BYTES, tools)
  if (bytes === null) return { answer: 'unreachable' }
  const signature = await get(new URL(`manifests/${await sha256(bytes)}.sig`, url), SIGNATURE_BYTES, tools)
  if (signature === null) return { answer: 'unreachable' }
  if (!(await isSigned(bytes, new TextDecoder().decode(signature), publicKeys))) return { answer: 'bad_signature' }
  return parseManifest(bytes)
}

/** null: not there, too long, or no connection. */
async function get(url: URL, most: number, tools: Tools): Promise<Bytes | null> {
  const silence = new Silence()
  try {
    const response = await tools.fetch(url.href, { cache: 'no-cache', signal: silence.signal })
    return response.status === 200 ? await readSmall(response, most) : null
  } catch {
    return null
  } finally {
    silence.end()
  }
}
