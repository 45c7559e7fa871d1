import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/manifest.ts'
import { printTime } from '../../../templates/fastify-onnx/features/edge-web/base/edge-web/update/time.ts'
import { CreateError } from '../../errors.ts'
import type { Finding } from './finding.ts'
import { listFiles, MANIFEST_FILE, NEWEST, parseRelease, type Release, readBytes } from './history.ts'
import { readPublicKey } from './key.ts'
import { verifyModels } from './verify-models.ts'
import { verifySignature } from './verify-signature.ts'
import { verifyStrays } from './verify-strays.ts'

export interface Verified {
  /** Of the newest release; null when it is none. */
  readonly manifest: Manifest | null
  /** How many manifests are kept. */
  readonly releases: number
  readonly findings: readonly Finding[]
}

export interface VerifyRequest {
  readonly folder: string
  readonly publicKey: string
  readonly now?: Date
}

/** So close to its end a release is spoken of. */
const SOON_MS = 14 * 86_400_000

/** Checks all of a release directory as devices see it, and what they do not see. Throws `not_found`, `invalid` for its own inputs. */
export async function verify({ folder, publicKey: keyFile, now = new Date() }: VerifyRequest): Promise<Verified> {
  refuseOtherFolder(folder)
  const publicKey = readPublicKey(keyFile)
  const files = listFiles(folder)
  const { newest, former, findings } = readReleases(folder, files)
  const releases = newest ? [newest, ...former] : former
  for (const one of releases) findings.push(...(await verifySignature(folder, one, publicKey, one === newest)))
  if (newest) findings.push(...verifyOrder(newest, former), ...verifyExpiry(newest.manifest, now))
  findings.push(...(await verifyModels(folder, releases, newest)))
  findings.push(...verifyStrays(folder, files, releases))
  return { manifest: newest?.manifest ?? null, releases: releases.length, findings }
}

function refuseOtherFolder(folder: string): void {
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (stats?.isDirectory() && existsSync(join(folder, NEWEST))) return
  const what = !stats ? 'is not there' : stats.isDirectory() ? `holds no ${NEWEST}` : 'is a file'
  throw new CreateError('not_found', `${folder} ${what}`, {
    hint: 'Name a release directory, such as SERVER/edge/releases: create-inference-server edge release makes one.',
  })
}

function readReleases(folder: string, files: readonly string[]) {
  const findings: Finding[] = []
  const newest = readRelease(folder, NEWEST, findings)
  const former = files
    .filter((path) => MANIFEST_FILE.test(path) && path.endsWith('.json'))
    .flatMap((path) => readRelease(folder, path, findings) ?? [])
    .filter(({ sha256 }) => sha256 !== newest?.sha256)
  return { newest, former, findings }
}

function readRelease(folder: string, path: string, findings: Finding[]): Release | null {
  const release = parseRelease(readBytes(join(folder, path)))
  const named = MANIFEST_FILE.exec(path)?.[1]
  if ('problems' in release) {
    for (const { at, message } of release.problems) findings.push({ level: 'error', file: path, at, message })
    return null
  }
  if (named === undefined || named === release.sha256) return release
  findings.push({ level: 'error', file: path, at: '', message: `its SHA-256 is ${release.sha256}, not its name` })
  return null
}

/** The manifest that devices get must be the newest one that was ever made. */
function verifyOrder({ manifest: newest }: Release, former: readonly Release[]): Finding[] {
  return former.flatMap(({ manifest, sha256 }): Finding[] => {
    const file = `manifests/${sha256}.json`
    const { version, released, model, contract, name } = manifest
    if (name !== newest.name) return [{ level: 'error', file, at: 'name', message: `is ${name}, not ${newest.name}` }]
    const isLater = version === newest.version ? released >= newest.released : version > newest.version
    if (isLater) {
      const message = `version ${version} of ${released} is newer than ${NEWEST}: devices that have seen it refuse`
      return [{ level: 'error', file, at: 'version', message }]
    }
    const isOther = version === newest.version && (model.sha256 !== newest.model.sha256 || contract !== newest.contract)
    return isOther ? [{ level: 'error', file, at: 'version', message: `version ${version} was another model` }] : []
  })
}

function verifyExpiry({ expires }: Manifest, now: Date): Finding[] {
  const found = (level: Finding['level'], message: string) => [{ level, file: NEWEST, at: 'expires', message }]
  if (expires <= printTime(now)) return found('error', `it expired at ${expires}: no device installs it any more`)
  if (Date.parse(expires) - now.getTime() < SOON_MS) return found('warning', `it expires soon, at ${expires}`)
  return []
}
