import { lstat, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LOCK_FILE } from '../lock.ts'
import { freeBackup } from './backup.ts'
import { isErrno, onDisk, orAbsent } from './disk-error.ts'
import { copyDurably, makeFolder, syncFolders, unless } from './durable.ts'
import type { Hold } from './hold.ts'
import { isOwnPath, type Step, stagedFile } from './journal.ts'
import { existingFolders, hashOnDisk } from './look.ts'

type Put = Extract<Step, { op: 'put' }>
type Remove = Extract<Step, { op: 'remove' }>

/**
 * Makes the steps of a committed journal. May be run again after being killed anywhere: what is done is recognised.
 * The disk has everything else before the lock is put in place.
 */
export async function replay(hold: Hold, steps: readonly Step[]): Promise<void> {
  const touched = new Set<string>()
  for (const step of steps) {
    if (step.path === LOCK_FILE) await onDisk(hold.target, () => syncExisting(touched))
    await onDisk(step.path, () => (step.op === 'put' ? putFile(hold, step) : removeFile(hold, step)))
    for (const folder of await existingFolders(hold.target, step.path)) touched.add(folder)
  }
  await onDisk(hold.target, () => syncExisting(touched))
}

/** A removal may have emptied, and so removed, a folder that an earlier step touched. */
async function syncExisting(folders: Iterable<string>): Promise<void> {
  for (const folder of folders) await unless(syncFolders([folder]), 'ENOENT')
}

/** The staged bytes are gone when the step is done. What somebody wrote after the comparison is backed up, not lost. */
async function putFile(hold: Hold, { path, staged, before, after }: Put): Promise<void> {
  const source = stagedFile(hold, staged)
  if ((await orAbsent(lstat(source))) === null) return
  const now = await hashNow(join(hold.target, path))
  if (now !== null && now !== before && now !== after && !isOwnPath(path)) await backUp(hold, path)
  await makeFolder(dirname(join(hold.target, path)))
  await moveFile(source, join(hold.target, path))
}

/** Removes the file that was compared, and the folders that this empties. Another file that is there now stays. */
async function removeFile({ target }: Hold, { path, before }: Remove): Promise<void> {
  const now = await hashNow(join(target, path))
  if (now !== null && now !== before) return
  await unless(unlink(join(target, path)), 'ENOENT', 'ENOTDIR')
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    if (!(await removedEmpty(join(target, folder)))) return
  }
}

async function removedEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true // we did it before we were killed
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOTDIR')) return false
    throw error
  }
}

async function hashNow(file: string): Promise<string | null> {
  return (await orAbsent(hashOnDisk(file)))?.plain ?? null
}

async function backUp(hold: Hold, path: string): Promise<void> {
  const copy = stagedFile(hold, 'rescued')
  await rm(copy, { force: true })
  await copyDurably(join(hold.target, path), copy)
  const backup = join(hold.target, await freeBackup(hold.target, path))
  await makeFolder(dirname(backup))
  await moveFile(copy, backup)
}

/** One rename. Where a folder of the target is a mount of its own (a volume at models/), a copy beside and one rename. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!isErrno(error, 'EXDEV')) throw error
    const beside = `${to}.create-inference-server`
    await rm(beside, { force: true })
    await copyDurably(from, beside)
    await rename(beside, to)
    await rm(from)
  }
}
