import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this package: the nearest one above with templates/, whether bundled (dist/) or run from source (src/). */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(folder: string): string {
  const parent = dirname(folder)
  return existsSync(join(folder, 'templates')) || parent === folder ? folder : findRoot(parent)
}

/** What package.json says of this version. */
export function readPackage(): { name: string; version: string; issues: string } {
  const manifest: { name: string; version: string; bugs: { url: string } } = JSON.parse(
    readFileSync(join(packageRoot, 'package.json'), 'utf8'),
  )
  return { name: manifest.name, version: manifest.version, issues: manifest.bugs.url }
}
