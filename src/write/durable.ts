import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { chmod, constants, copyFile, lstat, mkdir, open, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ContentHasher } from '../lock.ts'
import { isErrno } from './disk-error.ts'
import { hashOnDisk } from './look.ts'

const FOLDER_MODE = 0o755

/** A file's bytes in order; a chunk need not outlive the next one. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/**
 * Writes a new file and waits until the disk has it. The mode is set whatever the umask is: a server's image, which runs
 * as another user, must be able to read its files. Returns the SHA-256 of the bytes in hex. Throws EEXIST over a file.
 */
export async function writeDurably(file: string, chunks: Chunks, mode: number): Promise<string> {
  const hasher = new ContentHasher()
  const handle = await open(file, 'wx', mode)
  try {
    await writeFile(handle, hashed(chunks, hasher))
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return hasher.digest().plain
}

/**
 * Writes a small new file and leaves it to the system when the disk gets it: a power failure may lose it, a killed process
 * not. Synchronous, because for small files the way through the thread pool takes longer than the writing.
 */
export function writeQuickly(file: string, bytes: Uint8Array, mode: number): void {
  writeFileSync(file, bytes, { flag: 'wx', mode })
  chmodSync(file, mode)
}

async function* hashed(chunks: Chunks, hasher: ContentHasher): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    hasher.update(chunk)
    yield chunk
  }
}

/** Copies a file, mode included, and waits until the disk has it. Returns the SHA-256 of its bytes in hex. Throws EEXIST. */
export async function copyDurably(from: string, to: string): Promise<string> {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  await sync(to)
  return (await hashOnDisk(to)).plain
}

/** Waits until the disk has the names in these folders: a file that was renamed can be lost without. */
export async function syncFolders(folders: Iterable<string>): Promise<void> {
  await Promise.all(Array.from(new Set(folders), sync))
}

async function sync(path: string): Promise<void> {
  if (process.platform === 'win32') return // what is opened for reading cannot be flushed there
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a folder and those above it, all readable whatever the umask is. Returns the topmost one that it made, or null. */
export async function makeFolder(folder: string): Promise<string | null> {
  const missing: string[] = []
  for (let above = folder; !existsSync(above); above = dirname(above)) missing.unshift(above)
  for (const made of missing) {
    // Level by level: Node's own recursive mkdir never ends where a file system says that there is no such folder (/proc).
    await unless(mkdir(made), 'EEXIST')
    await openUp(made)
  }
  return missing[0] ?? null
}

async function openUp(folder: string): Promise<void> {
  const { mode } = await lstat(folder)
  if ((mode & FOLDER_MODE) !== FOLDER_MODE) await chmod(folder, mode | FOLDER_MODE)
}

/** Runs a step that may find its work done, or its object gone. */
export async function unless(step: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  try {
    await step
  } catch (error) {
    if (!isErrno(error, ...codes)) throw error
  }
}
