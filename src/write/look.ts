import type { BigIntStats } from 'node:fs'
import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CreateError, type Issue } from '../errors.ts'
import { type ContentHash, ContentHasher } from '../lock.ts'
import { onDisk, orAbsent } from './disk-error.ts'

/** A regular file as it is on disk. */
export interface DiskFile extends ContentHash {
  /** Changes with every write to the file: device, inode, size and change time. */
  readonly stamp: string
}

/** What is there of some paths: regular files only. */
export type Disk = ReadonlyMap<string, DiskFile>

/** 1 MiB, as models are read and written. */
const CHUNK_BYTES = 1 << 20

/**
 * Hashes those of the paths (relative to target) that are files on disk.
 * Throws `conflict` where a link, a folder or a device is in the way, with all findings.
 */
export async function readDisk(target: string, paths: readonly string[]): Promise<Disk> {
  const disk = new Map<string, DiskFile>()
  for (const [path, stamp] of await readStamps(target, paths)) {
    disk.set(path, { stamp, ...(await onDisk(path, () => hashOnDisk(join(target, path)))) })
  }
  return disk
}

/**
 * The stamps of those paths that are files. Every step from the target down is looked at without following links,
 * the target itself included, so that nothing outside of it can be reached. Throws `conflict`.
 */
export async function readStamps(target: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (!(await isFolder(target))) return new Map()
  const looks = new Map<string, BigIntStats | null>()
  const stamps = new Map<string, string>()
  const issues: Issue[] = []
  for (const path of paths) {
    const found = await onDisk(path, () => lookDown(target, path, looks))
    if (found !== null && 'message' in found) issues.push({ file: path, message: found.message })
    else if (found !== null) stamps.set(path, stampOf(found))
  }
  if (issues.length === 0) return stamps
  throw new CreateError('conflict', `something in ${target} is in the way of files that we write`, {
    hint: 'Move it away or delete it, then run the command again.',
    issues,
  })
}

/** True when the target is a folder, false when nothing is there. Throws `conflict` when it is a link or a file. */
export async function isFolder(target: string): Promise<boolean> {
  const stats = await onDisk(target, () => orAbsent(lstat(target)))
  if (stats === null) return false
  if (stats.isDirectory()) return true
  const what = stats.isSymbolicLink() ? 'a symbolic link' : 'not a folder'
  throw new CreateError('conflict', `${target} is ${what}`, {
    hint: 'Name the real folder with --out and --name, or choose another.',
  })
}

async function lookDown(
  target: string,
  path: string,
  looks: Map<string, BigIntStats | null>,
): Promise<BigIntStats | { message: string } | null> {
  const segments = path.split('/')
  for (let depth = 1; depth <= segments.length; depth++) {
    const here = segments.slice(0, depth).join('/')
    const known = looks.get(here)
    const stats = known === undefined ? await orAbsent(lstat(join(target, here), { bigint: true })) : known
    looks.set(here, stats)
    if (stats === null) return null
    if (stats.isSymbolicLink()) return { message: `${here} is a symbolic link` }
    if (depth === segments.length) return stats.isFile() ? stats : { message: 'is there, but is not a file' }
    if (!stats.isDirectory()) return { message: `${here} is not a folder` }
  }
  return null
}

function stampOf({ dev, ino, size, ctimeNs, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, ctimeNs, mtimeNs].join(':')
}

/** Both hashes of a file, read in chunks. */
export async function hashOnDisk(file: string): Promise<ContentHash> {
  const hasher = new ContentHasher()
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) hasher.update(chunk)
  return hasher.digest()
}

/** The folders from the one that the path lies in up to the target, deepest first, without those that are not there. */
export async function existingFolders(target: string, path: string): Promise<string[]> {
  const folders: string[] = []
  for (let folder = dirname(join(target, path)); folder.length > target.length; folder = dirname(folder)) {
    if ((await orAbsent(lstat(folder))) !== null) folders.push(folder)
  }
  return [...folders, target]
}
