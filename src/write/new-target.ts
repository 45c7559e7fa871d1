import { readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CreateError } from '../errors.ts'
import type { RenderedFile } from '../render/rendered-file.ts'
import { writeContent } from './content.ts'
import { isErrno, onDisk, orAbsent } from './disk-error.ts'
import { makeFolder, syncFolders, unless, writeQuickly } from './durable.ts'
import { isOtherProcess } from './process-alive.ts'

/**
 * Makes a target that is not there yet: everything is written into a folder beside it, which then gets its name by one
 * rename. When something fails nothing stays, nor do folders above it that were made for it.
 */
export async function createTarget(target: string, files: readonly RenderedFile[]): Promise<void> {
  const parent = dirname(target)
  const made = await onDisk(parent, () => makeFolder(parent))
  const staging = join(parent, `${stagingPrefix(target)}${process.pid}`)
  try {
    await onDisk(target, () => rm(staging, { recursive: true, force: true }))
    await stageFolder(staging, target, files)
    await onDisk(target, () => appear(staging, target))
    await onDisk(target, () => syncFolders([parent]))
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    if (made !== null) await removeMade(parent, made)
    throw error
  }
}

async function stageFolder(staging: string, target: string, files: readonly RenderedFile[]): Promise<void> {
  const folders = new Set([staging, ...files.map(({ path }) => dirname(join(staging, path)))])
  for (const folder of folders) await onDisk(folder.replace(staging, target), () => makeFolder(folder))
  for (const file of files) {
    const destination = join(staging, file.path)
    await onDisk(join(target, file.path), () => stageFile(file, destination))
  }
}

/** Not waiting for the disk but for models: there is nothing of the user's here yet that a power failure could take. */
async function stageFile(file: RenderedFile, destination: string): Promise<void> {
  if (file.content.kind === 'bytes') writeQuickly(destination, file.content.bytes, file.mode)
  else await writeContent(file, destination)
}

async function appear(staging: string, target: string): Promise<void> {
  try {
    await rename(staging, target)
  } catch (cause) {
    if (!isErrno(cause, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw cause
    const hint = 'Nothing was written. Run the command again.'
    throw new CreateError('conflict', `${target} was made by another program meanwhile`, { hint, cause })
  }
}

/** Removes the folders from `parent` up to `made`, as far as they are empty. */
async function removeMade(parent: string, made: string): Promise<void> {
  for (let folder = parent; folder.length >= made.length; folder = dirname(folder)) {
    await unless(rmdir(folder), 'ENOTEMPTY', 'EEXIST', 'ENOENT')
  }
}

/** Removes what commands that were killed while they made this target left beside it. */
export async function clearStaging(target: string): Promise<void> {
  const parent = dirname(target)
  const prefix = stagingPrefix(target)
  for (const name of (await orAbsent(readable(parent))) ?? []) {
    if (!name.startsWith(prefix)) continue
    const pid = name.slice(prefix.length)
    if (!/^\d+$/.test(pid) || isOtherProcess(Number(pid))) continue
    await onDisk(join(parent, name), () => rm(join(parent, name), { recursive: true, force: true }))
  }
}

/** A folder that we may not list is one in which we cannot have staged anything. */
async function readable(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM')) return []
    throw error
  }
}

function stagingPrefix(target: string): string {
  return `.${basename(target)}.create-inference-server-`
}
