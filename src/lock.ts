import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Config, Json } from './config/config.ts'
import { CreateError, type Issue } from './errors.ts'
import type { MappingEntry } from './inputs/mapping.ts'
import type { RenderedFile } from './render/rendered-file.ts'
import { OWNERS, type Owner } from './words.ts'

/** Where the lock lies in a server. Written last: a folder that holds it is whole. */
export const LOCK_FILE = 'inference-server.lock.json'

const LOCK_VERSION = 1

/** One generated file: its hash as we made it (not as it is on disk), who owns it, and what it was made from. */
export interface LockedFile {
  readonly sha256: string
  readonly owner: Owner
  readonly from: string
}

/** What was generated. It depends on the inputs alone, never on what the disk held. */
export interface Lock {
  readonly lockVersion: typeof LOCK_VERSION
  /** Name and version of the program that made it. */
  readonly generator: string
  readonly template: { readonly name: string; readonly version: string }
  readonly config: Config
  readonly mapping: Json
  readonly files: Readonly<Record<string, LockedFile>>
}

const lockedFile = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex'),
  owner: z.enum(OWNERS),
  from: z.string(),
})

// `z.custom` hands the value on untouched: key order is kept, and with it the bytes of what is rendered from it again.
const lockSchema = z.object({
  lockVersion: z.literal(LOCK_VERSION),
  generator: z.string(),
  template: z.object({ name: z.string(), version: z.string() }),
  config: z.custom<Config>(isConfig, 'must be an object that has a name and a template'),
  mapping: z.custom<Json>((value) => value !== undefined, 'is missing'),
  files: z.custom<Record<string, unknown>>(isRecord, 'must be an object'),
})

/** What a lock is made from. `mapping` holds the entries of a user's mapping, null for the bundled one. */
export interface LockSource {
  readonly generator: string
  readonly template: { readonly name: string; readonly version: string }
  readonly config: Config
  readonly mapping: readonly MappingEntry[] | null
  readonly files: readonly RenderedFile[]
}

/** The lock of a server that was just rendered. */
export function makeLock({ generator, template: { name, version }, config, mapping, files }: LockSource): Lock {
  return {
    lockVersion: LOCK_VERSION,
    generator,
    template: { name, version },
    config,
    mapping:
      mapping?.map(({ template, path, when, owner, required }) => ({ template, path, when, owner, required })) ?? null,
    files: Object.fromEntries(files.map(({ path, sha256, owner, from }) => [path, { sha256, owner, from }])),
  }
}

/** The lock as text: two spaces, files sorted by path, a final newline. The same lock gives the same bytes. */
export function printLock(lock: Lock): string {
  const files = Object.entries(lock.files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { sha256, owner, from }]) => [path, { sha256, owner, from }] as const)
  const { lockVersion, generator, template, config, mapping } = lock
  const { name, version } = template
  const document = {
    lockVersion,
    generator,
    template: { name, version },
    config,
    mapping,
    files: Object.fromEntries(files),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/**
 * Reads what printLock wrote. `file` is the name that errors carry.
 * Throws `invalid` when it is not JSON, holds merge conflict markers, lacks a field or is of a newer version.
 */
export function parseLock(text: string, file: string): Lock {
  refuseConflictMarkers(text, file)
  const document = parseJson(text, file)
  refuseNewer(document, file)
  const head = lockSchema.safeParse(document)
  if (!head.success) throw notALock(file, findings(head.error, file, []))
  return { ...head.data, files: parseFiles(head.data.files, file) }
}

function parseFiles(entries: Record<string, unknown>, file: string): Record<string, LockedFile> {
  const issues: Issue[] = []
  const files: [string, LockedFile][] = []
  for (const [path, entry] of Object.entries(entries)) {
    const parsed = lockedFile.safeParse(entry)
    if (parsed.success) files.push([path, parsed.data])
    else issues.push(...findings(parsed.error, file, ['files', path]))
  }
  if (issues.length > 0) throw notALock(file, issues)
  return Object.fromEntries(files)
}

function refuseConflictMarkers(text: string, file: string): void {
  const issues = text
    .split('\n')
    .flatMap((line, index) =>
      /^(<{7}|\|{7}|={7}|>{7})(\s|$)/.test(line) ? [{ file, line: index + 1, message: line.trimEnd() }] : [],
    )
  if (issues.length === 0) return
  const hint = `Take one side of ${file} whole, such as with \`git checkout --ours ${file}\`, then generate again: the lock is made from vars.yaml.`
  throw new CreateError('invalid', `${file} holds merge conflict markers`, { hint, issues })
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw notALock(file, [{ file, message: cause instanceof Error ? cause.message : 'not JSON' }], cause)
  }
}

function refuseNewer(document: unknown, file: string): void {
  const version = isRecord(document) ? document.lockVersion : undefined
  if (typeof version !== 'number' || version <= LOCK_VERSION) return
  throw new CreateError('invalid', `${file} was written by a newer create-inference-server`, {
    hint: 'Run `npx create-inference-server@latest` instead.',
    issues: [{ file, path: 'lockVersion', message: `is ${version}; this version reads up to ${LOCK_VERSION}` }],
  })
}

function notALock(file: string, issues: readonly Issue[], cause?: unknown): CreateError {
  const hint = `Restore ${file} from version control. Without it, move the file away and generate again: what differs is then shown as a conflict.`
  return new CreateError('invalid', `${file} is not a lock that this version can read`, { hint, issues, cause })
}

function findings(error: z.ZodError, file: string, below: readonly string[]): Issue[] {
  return error.issues.map(({ path, message }) => ({ file, path: [...below, ...path].map(String).join('.'), message }))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The rest of Config is taken on trust: it was printed from a Config of the same lockVersion. */
function isConfig(value: unknown): boolean {
  return isRecord(value) && typeof value.name === 'string' && isRecord(value.template)
}

/** Two hashes of one content, in hex. `text` takes CRLF as LF; it equals `plain` for binary, which is what holds a NUL byte. */
export interface ContentHash {
  readonly plain: string
  readonly text: string
}

/** SHA-256 of a file as the lock records it, in hex: text is hashed with CRLF as LF, so that git's autocrlf is no edit. */
export function hashFile(bytes: Uint8Array): string {
  if (!bytes.includes(CR)) return createHash('sha256').update(bytes).digest('hex') // nearly always, and much faster
  return hashChunks([bytes]).text
}

/** Both hashes in one pass over chunks, for files that must not be held whole. */
export function hashChunks(chunks: Iterable<Uint8Array>): ContentHash {
  const hasher = new ContentHasher()
  for (const chunk of chunks) hasher.update(chunk)
  return hasher.digest()
}

const CR = 0x0d
const LF = 0x0a

/** The pushed form of hashChunks, for chunks that come from a stream. */
export class ContentHasher {
  readonly #plain = createHash('sha256')
  readonly #text = createHash('sha256')
  #binary = false
  /** The chunk before ended in CR: whether it counts is known when the next byte is. */
  #heldCr = false

  update(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#plain.update(chunk)
    this.#binary ||= chunk.includes(0)
    if (!this.#binary) this.#updateText(chunk)
  }

  digest(): ContentHash {
    if (this.#heldCr) this.#text.update('\r')
    const plain = this.#plain.digest('hex')
    return { plain, text: this.#binary ? plain : this.#text.digest('hex') }
  }

  #updateText(chunk: Uint8Array): void {
    if (this.#heldCr && chunk[0] !== LF) this.#text.update('\r')
    this.#heldCr = chunk.at(-1) === CR
    const end = this.#heldCr ? chunk.length - 1 : chunk.length
    let start = 0
    for (let cr = chunk.indexOf(CR); cr !== -1 && cr < end; cr = chunk.indexOf(CR, cr + 1)) {
      if (chunk[cr + 1] !== LF) continue
      this.#text.update(chunk.subarray(start, cr))
      start = cr + 1
    }
    this.#text.update(chunk.subarray(start, end))
  }
}
