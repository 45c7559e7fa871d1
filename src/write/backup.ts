import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from './disk-error.ts'
import { OWN_FOLDER } from './safe-path.ts'

/** The first of `backup/`, `backup-2/`, `backup-3/` … in which the path is free: no older backup is ever replaced. */
export async function freeBackup(target: string, path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const backup = `${OWN_FOLDER}/${number === 1 ? 'backup' : `backup-${number}`}/${path}`
    if (await isFree(join(target, backup))) return backup
  }
}

async function isFree(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return false
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true
    if (isErrno(error, 'ENOTDIR')) return false
    throw error
  }
}
