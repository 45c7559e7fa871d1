import { type FileFacts, urlOf } from '../app.ts'
import { Problem } from '../problem.ts'
import { download, type Progress } from './download.ts'
import { sha256 } from './sha256.ts'

/** The large files that were verified, to be used again without a network. */
const CACHE = 'edge-files'

/** Verified bytes, and whether they are on the device for the next time. */
export interface Loaded {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly isStored: boolean
}

/**
 * A file from the device, or else from the network, and then kept. What has another hash is never used, and never kept.
 * Throws Problem.
 */
export async function loadFile(facts: FileFacts, progress: Progress): Promise<Loaded> {
  const stored = await readStored(facts)
  if (stored && (await sha256(stored)) === facts.sha256) {
    progress(stored.length)
    return { bytes: stored, isStored: true }
  }
  const bytes = await download(facts, progress)
  const hash = await sha256(bytes)
  if (hash !== facts.sha256) throw tampered(facts, hash)
  return { bytes, isStored: await store(facts, bytes) }
}

function tampered({ file, sha256: expected }: FileFacts, hash: string): Problem {
  return new Problem({
    code: 'tampered',
    message: `${file} is not the file that was exported. It is not used.`,
    hint: `Its SHA-256 is ${hash.slice(0, 12)}..., not ${expected.slice(0, 12)}.... Export again, or tell whoever hosts this page.`,
  })
}

/** Named by what it holds: another version is another entry. */
function keyOf({ file, sha256: hash }: FileFacts): string {
  return `${urlOf(file)}?sha256=${hash}`
}

async function readStored(facts: FileFacts): Promise<Uint8Array<ArrayBuffer> | null> {
  const response = await cache().then((open) => open?.match(keyOf(facts)))
  return response ? new Uint8Array(await response.arrayBuffer()) : null
}

/** False where the device has no room for it, or keeps nothing (a private window): it works all the same, with a network. */
async function store(facts: FileFacts, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const open = await cache()
    if (!open) return false
    await open.put(keyOf(facts), new Response(bytes, { headers: { 'content-length': String(bytes.length) } }))
    return true
  } catch {
    return false
  }
}

/** Removes what no version of this export uses any more. */
export async function forgetOthers(needed: readonly FileFacts[]): Promise<void> {
  const open = await cache()
  const keys = needed.map(keyOf)
  const old = ((await open?.keys()) ?? []).filter(({ url }) => url.startsWith(urlOf('')) && !keys.includes(url))
  await Promise.all(old.map((request) => open?.delete(request)))
}

async function cache(): Promise<Cache | undefined> {
  return globalThis.caches?.open(CACHE).catch(() => undefined)
}
