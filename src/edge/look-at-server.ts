import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
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

/** Generated servers in a folder, and in the one above where it is not there. */
export function listServers(folder: string): string[] {
  const place = existsSync(folder) && statSync(folder).isDirectory() ? folder : '.'
  if (existsSync(join(place, LOCK_FILE)) && resolve(place) !== resolve(folder)) return [place]
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(place, entry.name, LOCK_FILE)))
    .map(({ name }) => (place === '.' ? name : join(place, name)))
    .sort()
}
