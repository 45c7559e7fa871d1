import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { distance } from 'fastest-levenshtein'
import type { Issue } from '../errors.ts'
import { LOCK_FILE } from '../lock.ts'

/** Source files of a server whose compiled ones are missing, or older than they are. */
export function findUnbuilt(root: string): (Issue & { readonly file: string })[] {
  return listSources(root).flatMap((path) => {
    const built = join(root, 'dist', path.replace(/\.ts$/, '.js'))
    const stats = statSync(built, { throwIfNoEntry: false })
    const file = `src/${path}`
    if (!stats) return [{ file, message: 'is not compiled' }]
    const isNewer = statSync(join(root, file)).mtimeMs > stats.mtimeMs
    return isNewer ? [{ file, message: 'is newer than what was compiled' }] : []
  })
}

function listSources(root: string): string[] {
  const folder = join(root, 'src')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort()
}

/**
 * The generated servers that somebody may have meant: the one that the path lies in, else those in the folder, or beside it, the
 * most similar name first.
 */
export function listServers(path: string): string[] {
  const around = findAround(path)
  if (around !== null) return [around]
  const place = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path)
  if (!existsSync(place)) return []
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(place, entry.name, LOCK_FILE)))
    .map(({ name }) => name)
    .sort((a, b) => distance(a, basename(path)) - distance(b, basename(path)) || (a < b ? -1 : 1))
    .map((name) => join(place, name))
}

/** As one would type it: above a relative path, no further than where one is. */
function findAround(path: string): string | null {
  const parent = dirname(path)
  if (parent === path) return null
  return existsSync(join(parent, LOCK_FILE)) ? parent : findAround(parent)
}
