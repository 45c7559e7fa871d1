import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { isSigned } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/signature.ts'
import { printTime } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/time.ts'
import type { Config } from '../../config/config.ts'
import { isFolder, writeRelease } from '../../create.ts'
import { CreateError } from '../../errors.ts'
import { contractHash } from '../contract-hash.ts'
import { readServerLock } from '../server.ts'
import { type History, NEWEST, newestFirst, type Release, readHistory, sha256Of } from './history.ts'
import { readSigningKey, type SigningKey } from './key.ts'
import { checkKeyPlace } from './key-place.ts'
import { findModel, type ModelChoice, type ReleasedModel } from './model.ts'
import { nextManifest } from './next-manifest.ts'
import { listSuperseded } from './superseded.ts'
import { readTime } from './times.ts'

export interface ReleaseRequest extends ModelChoice {
  /** The generated server's folder. */
  readonly server: string
  /** PEM file of the private key. */
  readonly key: string
  readonly passphraseFile?: string | undefined
  /** The release directory; default: SERVER/edge/releases. */
  readonly out?: string | undefined
  readonly version?: number | undefined
  readonly rollout?: number | undefined
  readonly expires?: string | undefined
  readonly minRuntime?: string | null | undefined
  readonly released?: string | undefined
  /** Of how many versions model and manifests are kept. */
  readonly keep: number
}

export interface Released {
  readonly folder: string
  readonly manifest: Manifest
  readonly publicKey: string
  /** False: all of it was said before, and nothing was written. */
  readonly isNew: boolean
  /** Paths of what nobody asks for any more. */
  readonly removed: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Signs a model and adds it to a release directory, which may be served meanwhile. Throws CreateError for everything that a
 * user can put right; then nothing has changed.
 */
export async function release(request: ReleaseRequest): Promise<Released> {
  const { config } = readServerLock(request.server)
  const folder = request.out ?? join(request.server, 'edge', 'releases')
  await isFolder(folder) // refuses a file, and a link
  const placeWarnings = await checkKeyPlace(request.key, [request.server, folder])
  const key = readSigningKey(request.key, readPassphrase(request.passphraseFile))
  const history = readHistory(folder)
  const model = await findModel(request.server, config, request)
  const manifest = nextManifest(history.newest?.manifest ?? null, wantedOf(request, config, model))
  const warnings = [...placeWarnings, ...(await compareWithPast(folder, history, key, manifest))]
  const publicKey = key.publicKey
  if (manifest === null) {
    const { newest } = history
    if (newest === null) throw new Error('nothing was released, and yet nothing is new')
    return { folder, manifest: newest.manifest, publicKey, isNew: false, removed: [], warnings }
  }
  const removed = await writeNext(folder, { history, manifest, model, key, keep: request.keep })
  return { folder, manifest, publicKey, isNew: true, removed, warnings }
}

function readPassphrase(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new CreateError('not_found', `the passphrase file ${file} cannot be read`, { cause })
  }
}

function wantedOf(request: ReleaseRequest, config: Config, model: ReleasedModel) {
  const { sha256, size, precision, format } = model
  const { released } = request
  return {
    name: config.name,
    contract: contractHash(config),
    model: { file: `models/${sha256}.${format}`, sha256, size, precision, format },
    version: request.version,
    rollout: request.rollout,
    expires: request.expires,
    minRuntime: request.minRuntime,
    released: released === undefined ? undefined : readTime('--released', released),
    now: printTime(new Date()),
    // What one onnxruntime has saved as .ort, older ones may not read.
    leastRuntime: format === 'ort' ? config.runtime.onnxruntime : null,
  }
}

/** What devices that took the last release may not take. */
async function compareWithPast(
  folder: string,
  { newest }: History,
  key: SigningKey,
  next: Manifest | null,
): Promise<string[]> {
  if (newest === null || next === null) return []
  const warnings: string[] = []
  if (!(await isOwnSignature(folder, newest, key))) {
    warnings.push(
      `Version ${newest.manifest.version} was signed with another key: only apps that hold the public key of this one take this release.`,
    )
  }
  if (newest.manifest.contract !== next.contract) {
    warnings.push(
      `The contract (inputs, outputs, labels or preprocessing) is not that of version ${newest.manifest.version}: apps that were exported before refuse this release and get no more from this folder. Releases for a new app belong into another one (--out DIR).`,
    )
  }
  return warnings
}

async function isOwnSignature(folder: string, { bytes, sha256 }: Release, key: SigningKey): Promise<boolean> {
  const file = join(folder, 'manifests', `${sha256}.sig`)
  return existsSync(file) && isSigned(bytes, readFileSync(file, 'utf8'), [key.publicKey])
}

interface Next {
  readonly history: History
  readonly manifest: Manifest
  readonly model: ReleasedModel
  readonly key: SigningKey
  readonly keep: number
}

async function writeNext(folder: string, { history, manifest, model, key, keep }: Next): Promise<string[]> {
  const bytes = new Uint8Array(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
  const sha256 = sha256Of(bytes)
  const signature = key.sign(bytes)
  if (!(await isSigned(bytes, signature, [key.publicKey]))) throw new Error('the signature does not verify')
  const kept = keepVersions([{ manifest, bytes, sha256 }, ...history.releases], keep)
  const remove = listSuperseded(folder, kept)
  await writeRelease(folder, {
    files: [
      { path: manifest.model.file, sha256: manifest.model.sha256, content: { kind: 'copy', of: model.path } },
      addressed(`manifests/${sha256}.json`, bytes),
      addressed(`manifests/${sha256}.sig`, Buffer.from(signature)),
    ],
    last: { path: NEWEST, bytes, replaces: history.newest?.sha256 ?? null },
    remove,
  })
  return remove
}

function addressed(path: string, bytes: Uint8Array) {
  return { path, sha256: sha256Of(bytes), content: { kind: 'bytes' as const, bytes } }
}

/** All manifests of the newest versions. */
function keepVersions(releases: readonly Release[], keep: number): Release[] {
  const sorted = releases.toSorted(newestFirst)
  const versions = [...new Set(sorted.map(({ manifest }) => manifest.version))].slice(0, keep)
  return sorted.filter(({ manifest }) => versions.includes(manifest.version))
}
