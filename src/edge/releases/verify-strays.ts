import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './finding.ts'
import { MANIFEST_FILE, MODEL_FILE, NEWEST, type Release, sizeOf } from './history.ts'

/** A key in PEM is smaller. */
const MOST_KEY_BYTES = 65_536

/** What lies there beside the releases. */
export function verifyStrays(folder: string, files: readonly string[], releases: readonly Release[]): Finding[] {
  const named = new Set([
    NEWEST,
    ...releases.flatMap(({ manifest, sha256 }) => [
      manifest.model.file,
      `manifests/${sha256}.json`,
      `manifests/${sha256}.sig`,
    ]),
  ])
  return files.flatMap((file): Finding[] => {
    if (lstatSync(join(folder, file)).isSymbolicLink())
      return [stray('error', file, 'is a link: hosts may not follow it')]
    if (named.has(file)) return []
    if (isPrivateKey(join(folder, file))) {
      const message =
        'is a private key, in a folder that is published: remove it, make another one, ship apps that hold it'
      return [stray('error', file, message)]
    }
    const isOurs = MANIFEST_FILE.test(file) || MODEL_FILE.test(file)
    return [
      stray('warning', file, isOurs ? 'belongs to no release; the next one removes it' : 'is no part of a release'),
    ]
  })
}

function stray(level: Finding['level'], file: string, message: string): Finding {
  return { level, file, at: '', message }
}

function isPrivateKey(path: string): boolean {
  return sizeOf(path) <= MOST_KEY_BYTES && readFileSync(path, 'latin1').includes('PRIVATE KEY-----')
}
