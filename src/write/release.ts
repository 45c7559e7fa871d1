import { createReadStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { CreateError } from '../errors.ts'
import { onDisk } from './disk-error.ts'
import { type Chunks, makeFolder, syncFolders, writeDurably } from './durable.ts'
import { type Hold, holding } from './hold.ts'
import { hashOnDisk, isFolder, readDisk, readStamps } from './look.ts'
import { alone } from './process-alive.ts'
import { settleHold } from './recover.ts'

/** A file that is named by its SHA-256, so that whatever is there under its name has the right bytes or is broken. */
export interface AddressedFile {
  readonly path: string
  readonly sha256: string
  readonly content:
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'copy'; readonly of: string }
}

/** One release, in the order in which it becomes visible: files, then the one that names them, then what nobody names is removed. */
export interface ReleaseFiles {
  readonly files: readonly AddressedFile[]
  /** `replaces`: the SHA-256 of what is there; null: nothing is. */
  readonly last: { readonly path: string; readonly bytes: Uint8Array; readonly replaces: string | null }
  readonly remove: readonly string[]
}

const MODE = 0o644

/**
 * Adds to a folder that is being served: each file appears whole by one rename, `last` after all others are on the disk.
 * A run that is killed leaves the former release as it was. Throws `runtime` for what the disk refuses, and while another
 * command writes there; `conflict` when links or folders are in the way, or when another release was made meanwhile.
 */
export async function writeRelease(folder: string, { files, last, remove }: ReleaseFiles): Promise<void> {
  const target = resolve(folder)
  await onDisk(target, () => makeFolder(target))
  await isFolder(target)
  await alone(target, () =>
    holding(target, async (hold) => {
      await settleHold(hold)
      await readStamps(target, [...files.map(({ path }) => path), last.path, ...remove]) // refuses links
      await refuseOtherRelease(target, last)
      for (const file of files) await putFile(hold, file)
      await put(hold, last.path, [last.bytes])
      for (const path of remove) await onDisk(path, () => rm(join(target, path), { force: true }))
      await onDisk(target, () => syncFolders([target]))
    }),
  )
}

/** Two commands that began at the same time would give one version to two models. */
async function refuseOtherRelease(target: string, { path, replaces }: ReleaseFiles['last']): Promise<void> {
  const there = (await readDisk(target, [path])).get(path)?.plain ?? null
  if (there === replaces) return
  throw new CreateError('conflict', `${path} in ${target} was changed by another program meanwhile`, {
    hint: 'Nothing was written. Run the command again.',
  })
}

async function putFile(hold: Hold, { path, sha256, content }: AddressedFile): Promise<void> {
  const there = (await readStamps(hold.target, [path])).has(path)
  if (there && (await onDisk(path, () => hashOnDisk(join(hold.target, path)))).plain === sha256) return
  const written = await put(
    hold,
    path,
    content.kind === 'bytes' ? [content.bytes] : createReadStream(content.of),
    sha256,
  )
  if (written === sha256) return
  throw new CreateError('runtime', `the source of ${path} changed while it was copied`, {
    hint: 'Run the command again when nothing else writes to the model.',
  })
}

/** Staged, then moved into place when it has the hash that it must have. Gives the hash. */
async function put({ target, txn }: Hold, path: string, chunks: Chunks, expected?: string): Promise<string> {
  const staged = join(txn, 'staged')
  const place = join(target, path)
  return onDisk(path, async () => {
    await rm(staged, { force: true })
    const sha256 = await writeDurably(staged, chunks, MODE)
    if (expected !== undefined && sha256 !== expected) return sha256
    await makeFolder(dirname(place))
    await rename(staged, place)
    await syncFolders([dirname(place)])
    return sha256
  })
}
