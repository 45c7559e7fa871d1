import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Manifest,
  type Problem,
  parseManifest,
} from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { CreateError } from '../../errors.ts'

export const NEWEST = 'manifest.json'
export const MANIFEST_FILE = /^manifests\/([0-9a-f]{64})\.(json|sig)$/
export const MODEL_FILE = /^models\/([0-9a-f]{64})\.(onnx|ort)$/

/** A manifest that was released, and its exact bytes. */
export interface Release {
  readonly manifest: Manifest
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly sha256: string
}

/** What a release directory holds of its past. */
export interface History {
  /** null: nothing was released there. */
  readonly newest: Release | null
  /** All that is kept, newest first, the newest included. */
  readonly releases: readonly Release[]
}

/** Reads a release directory that is to be added to. Throws `invalid` when its newest manifest is none. */
export function readHistory(folder: string): History {
  const file = join(folder, NEWEST)
  if (!existsSync(file)) return { newest: null, releases: [] }
  const newest = parseRelease(readBytes(file))
  if ('problems' in newest) throw notAManifest(file, newest.problems)
  const former = listFiles(folder)
    .filter((path) => MANIFEST_FILE.test(path) && path.endsWith('.json'))
    .flatMap((path) => {
      const release = parseRelease(readBytes(join(folder, path)))
      return 'problems' in release ? [] : [release] // what else lies there, `edge verify` speaks of
    })
    .filter(({ sha256 }) => sha256 !== newest.sha256)
  return { newest, releases: [newest, ...former].sort(newestFirst) }
}

export function parseRelease(bytes: Uint8Array<ArrayBuffer>): Release | { readonly problems: readonly Problem[] } {
  const parsed = parseManifest(bytes)
  if (parsed.answer === 'ok') return { manifest: parsed.manifest, bytes, sha256: sha256Of(bytes) }
  if (parsed.answer === 'bad_manifest') return { problems: parsed.problems }
  return { problems: [{ at: 'schema', message: 'is of a newer create-inference-server' }] }
}

export function newestFirst(a: Release, b: Release): number {
  return b.manifest.version - a.manifest.version || (a.manifest.released < b.manifest.released ? 1 : -1)
}

/** Every file and link below a folder, relative to it, with forward slashes, sorted. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}

/** In memory of its own. */
export function readBytes(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(file))
}

export function sizeOf(file: string): number {
  return statSync(file).size
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function notAManifest(file: string, problems: readonly Problem[]): CreateError {
  return new CreateError('invalid', `${file} is no manifest of a release`, {
    issues: problems.map(({ at, message }) => ({ file, ...(at !== '' && { path: at }), message })),
    hint: 'Put back the file that was there (manifests/ holds every one of the last releases), or name another folder with --out DIR.',
  })
}
