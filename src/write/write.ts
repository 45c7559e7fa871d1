import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CreateError } from '../errors.ts'
import { LOCK_FILE, type Lock, parseLock } from '../lock.ts'
import type { RenderedFile } from '../render/rendered-file.ts'
import { type Change, compareWithDisk, gonePaths, type Known, lockAsFile } from './compare.ts'
import { onDisk, orAbsent } from './disk-error.ts'
import { type Hold, holding } from './hold.ts'
import { commitJournal } from './journal.ts'
import { refuseBlocked, refuseMoved } from './last-look.ts'
import { isFolder, readDisk, readStamps } from './look.ts'
import { createTarget } from './new-target.ts'
import { alone } from './process-alive.ts'
import { settleHold } from './recover.ts'
import { replay } from './replay.ts'
import { checkPaths } from './safe-path.ts'
import { stageChanges } from './stage.ts'

/** The target's own lock, null when it has none. Throws `invalid` when it cannot be read, `conflict` when it is a link. */
export async function readLock(target: string): Promise<Lock | null> {
  const folder = resolve(target)
  await readStamps(folder, [LOCK_FILE])
  const text = await onDisk(LOCK_FILE, () => orAbsent(readFile(join(folder, LOCK_FILE), 'utf8')))
  return text === null ? null : parseLock(text, LOCK_FILE)
}

/** What a command wants the target to be: `lock` is what readLock gave, `lockText` the new one, which is a file like others. */
export interface Wanted {
  readonly files: readonly RenderedFile[]
  readonly lock: Lock | null
  readonly lockText: string
}

/**
 * What becomes of every file of the target; touches nothing. Throws `invalid` for paths that lead out of it or meet,
 * `conflict` when a link, a folder or a device is where a file shall be.
 */
export async function compareTarget(target: string, { files, lock, lockText }: Wanted): Promise<Change[]> {
  return compare(target, [...files, lockAsFile(lockText)], lock)
}

/** Files that make a folder of their own beside a server, without a lock: `known` is what the last command wrote there. */
export interface WantedFiles {
  readonly files: readonly RenderedFile[]
  readonly known: Known['files']
}

/** What becomes of every file of such a folder; touches nothing. Throws as compareTarget does. */
export async function compareFiles(folder: string, { files, known }: WantedFiles): Promise<Change[]> {
  return compare(folder, files, { files: known })
}

async function compare(target: string, wanted: readonly RenderedFile[], lock: Known | null): Promise<Change[]> {
  const gone = gonePaths(wanted, lock)
  checkPaths(wanted.map(({ path }) => path))
  for (const path of gone) checkPaths([path]) // one by one: a file may have been renamed in case only
  const disk = await readDisk(resolve(target), [...wanted.map(({ path }) => path), ...gone])
  return compareWithDisk(wanted, lock, disk)
}

/**
 * Writes settled changes, all or nothing: a new target appears by one rename, in an existing one a journal is committed
 * first. Writes nothing at all when there is nothing to change. Throws `runtime` for what the disk refuses and while another
 * command writes there, `conflict` when files changed since they were compared.
 */
export async function writeAll(target: string, changes: readonly Change[]): Promise<void> {
  const folder = resolve(target)
  if (changes.some(({ action }) => action === 'conflict'))
    throw new Error('conflicts must be settled before they are written')
  if (!changes.some(isWritten)) return
  await alone(folder, async () => {
    if (await isFolder(folder)) return holding(folder, (hold) => updateTarget(hold, changes))
    await refuseMoved(folder, changes)
    const files = changes.flatMap(({ file }) => (file === null ? [] : [file]))
    await createTarget(folder, files)
  })
}

function isWritten({ action, aside }: Change): boolean {
  return aside || action === 'create' || action === 'update' || action === 'remove'
}

async function updateTarget(hold: Hold, changes: readonly Change[]): Promise<void> {
  await settleHold(hold)
  const steps = await stageChanges(hold, changes)
  await refuseMoved(hold.target, changes)
  await refuseBlocked(hold.target, steps)
  await onDisk(hold.target, () => commitJournal(hold, steps))
  try {
    await replay(hold, steps)
  } catch (cause) {
    throw unfinished(hold.target, cause)
  }
}

/** Past the point of no return the disk refused: what it said, and that nothing is lost. */
function unfinished(target: string, cause: unknown): unknown {
  if (!(cause instanceof CreateError)) return cause
  const hint = `Everything is staged in ${target}: when the cause is gone, any command there finishes it. ${cause.hint ?? ''}`
  return new CreateError(cause.code, cause.message, { hint: hint.trim(), issues: cause.issues, cause: cause.cause })
}
