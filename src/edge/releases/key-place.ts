import { execFile } from 'node:child_process'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { CreateError } from '../../errors.ts'
import { LOCK_FILE } from '../../lock.ts'

/**
 * A private key must not be where it is published or committed by accident: in a generated server, in a folder that is hosted,
 * in a git work tree that does not ignore it. Throws `invalid`; gives what else is unsafe about it.
 */
export async function checkKeyPlace(file: string, forbidden: readonly string[] = []): Promise<string[]> {
  const place = realPath(file)
  for (const folder of forbidden) {
    if (isBelow(place, realPath(folder))) throw misplaced(file, `it lies in ${folder}, which is copied to servers`)
  }
  const server = folderAbove(place, LOCK_FILE)
  if (server !== null) throw misplaced(file, `it lies in ${server}, a generated server`)
  const repository = folderAbove(place, '.git')
  if (repository !== null && !(await isIgnored(place))) {
    throw misplaced(file, `it lies in the git repository ${repository}, which does not ignore it`)
  }
  return isOpenToOthers(place) ? [`${file} can be read by other users of this machine: chmod 600 ${file}`] : []
}

function misplaced(file: string, message: string): CreateError {
  return new CreateError('invalid', `the private key ${file} is not safe where it is`, {
    issues: [{ file, message }],
    hint: 'Keep it outside of every project, such as in ~/.keys. If it was ever committed or hosted, make another one and ship apps that hold it.',
  })
}

/** Also of what is not there yet. */
function realPath(path: string): string {
  const full = resolve(path)
  if (existsSync(full)) return realpathSync(full)
  const folder = dirname(full)
  return folder === full ? full : join(realPath(folder), basename(full))
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way))
}

function folderAbove(path: string, name: string): string | null {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return folder
    if (dirname(folder) === folder) return null
  }
}

/** What is tracked is not ignored, whatever .gitignore says. Without git nobody knows: then it counts as not ignored. */
function isIgnored(path: string): Promise<boolean> {
  const name = basename(path)
  return new Promise((answer) => {
    execFile('git', ['check-ignore', '--quiet', '--', name], { cwd: dirname(path) }, (error) => answer(error === null))
  })
}

function isOpenToOthers(path: string): boolean {
  if (process.platform === 'win32' || !existsSync(path)) return false
  return (statSync(path).mode & 0o077) !== 0
}
