import { CreateError, type Issue } from '../errors.ts'
import { hashFile, LOCK_FILE, type Lock, type LockedFile } from '../lock.ts'
import type { RenderedFile } from '../render/rendered-file.ts'
import type { Owner } from '../words.ts'
import type { Disk, DiskFile } from './look.ts'
import { foldPath, OWN_FOLDER } from './safe-path.ts'

export const ACTIONS = ['create', 'identical', 'update', 'keep', 'remove', 'conflict'] as const

export type Action = (typeof ACTIONS)[number]

/** What becomes of one path. */
export interface Change {
  readonly path: string
  readonly action: Action
  readonly owner: Owner
  /** The file as it shall be; null when it is no longer part of the server. */
  readonly file: RenderedFile | null
  /** The file as it is; null when it is not there. */
  readonly before: DiskFile | null
  /** Why it is a conflict, else ''. */
  readonly reason: string
  /** The file on disk is copied to backup/ first (a conflict, forced). */
  readonly backup: boolean
  /** The team's file stays, and the bytes that we would write go to new/. */
  readonly aside: boolean
}

/** What we wrote before: of a lock, the files alone. */
export type Known = Pick<Lock, 'files'>

const FOREIGN = 'is there already with other contents, and was not generated here'
const EDITED = 'was edited since it was generated'
const GONE = 'was edited since it was generated, and is no longer part of the server'

/** The lock as one more file to be written. It is ours alone: never a conflict. */
export function lockAsFile(lockText: string): RenderedFile {
  const bytes = Buffer.from(lockText)
  const content = { kind: 'bytes', bytes } as const
  return { path: LOCK_FILE, owner: 'template', mode: 0o644, from: 'lock', sha256: hashFile(bytes), content }
}

/**
 * Decides what becomes of every path, sorted by path: the rules of CLI.md, "Owners" and "Running again". Pure.
 * `lock` is what the target's own lock says, null for a folder that is not ours.
 */
export function compareWithDisk(files: readonly RenderedFile[], lock: Known | null, disk: Disk): Change[] {
  const locked = new Map(Object.entries(lock?.files ?? {}))
  const planned = files.map((file) => comparePlanned(file, disk.get(file.path) ?? null, lock && locked.get(file.path)))
  const gone = gonePaths(files, lock).flatMap((path) => {
    const entry = locked.get(path)
    const before = disk.get(path)
    if (entry === undefined || before === undefined || isCaseTwin(before, path, files, disk)) return []
    return [compareGone(path, entry, before)]
  })
  return [...planned, ...gone].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Paths that the lock holds and the plan does not. */
export function gonePaths(files: readonly RenderedFile[], lock: Known | null): string[] {
  const planned = new Set(files.map((file) => file.path))
  return Object.keys(lock?.files ?? {}).filter((path) => path !== LOCK_FILE && !planned.has(path))
}

/** `locked`: null without a lock, undefined when the lock does not know the path. */
function comparePlanned(file: RenderedFile, before: DiskFile | null, locked: LockedFile | null | undefined): Change {
  const { path, owner } = file
  const change = { path, owner, file, before, reason: '', backup: false, aside: false }
  if (before === null) return { ...change, action: 'create' }
  if (holds(before, file)) return { ...change, action: 'identical' }
  if (path === LOCK_FILE) return { ...change, action: 'update' }
  if (owner === 'team' && locked !== null) {
    return { ...change, action: 'keep', aside: locked?.sha256 !== file.sha256 }
  }
  if (!locked) return { ...change, action: 'conflict', reason: FOREIGN }
  if (isPristine(before, locked)) return { ...change, action: 'update' }
  return { ...change, action: 'conflict', reason: EDITED }
}

function compareGone(path: string, locked: LockedFile, before: DiskFile): Change {
  const change = { path, owner: locked.owner, file: null, before, reason: '', backup: false, aside: false }
  if (locked.owner === 'team') return { ...change, action: 'keep' }
  if (isPristine(before, locked)) return { ...change, action: 'remove' }
  return { ...change, action: 'conflict', reason: GONE }
}

/** CRLF counts as LF for what we hold as bytes; a streamed file (a model) must be the same byte for byte. */
function holds(disk: DiskFile, { sha256, content }: RenderedFile): boolean {
  return disk.plain === sha256 || (content.kind === 'bytes' && disk.text === sha256)
}

function isPristine(disk: DiskFile, { sha256 }: LockedFile): boolean {
  return disk.plain === sha256 || disk.text === sha256
}

/** A file renamed in case only is one file on a disk that ignores case: removing the old name would remove the new. */
function isCaseTwin(before: DiskFile, path: string, files: readonly RenderedFile[], disk: Disk): boolean {
  const folded = foldPath(path)
  return files.some((file) => foldPath(file.path) === folded && disk.get(file.path)?.stamp === before.stamp)
}

/**
 * Without force, throws `conflict` with every conflicting path. With it they become `update` or `remove` after a backup,
 * but for the team's files: those are kept, and the new bytes go to new/.
 */
export function settleConflicts(changes: readonly Change[], { force }: { force: boolean }): Change[] {
  const issues: Issue[] = changes.flatMap(({ action, path, reason }) =>
    action === 'conflict' ? [{ file: path, message: reason }] : [],
  )
  if (force || issues.length === 0) return changes.map(settle)
  const count = issues.length === 1 ? '1 file' : `${issues.length} files`
  throw new CreateError('conflict', `${count} would be overwritten`, {
    hint: `Nothing was written. Run again with --force to replace them: it copies the old bytes to ${OWN_FOLDER}/backup/ first, and leaves the team's files as they are.`,
    issues,
  })
}

function settle(change: Change): Change {
  if (change.action !== 'conflict') return change
  if (change.owner === 'team') return { ...change, action: 'keep', aside: true }
  return { ...change, action: change.file === null ? 'remove' : 'update', backup: true }
}

/** What is worth saying of settled changes: the team's files that were kept although we would now write other bytes. */
export function warningsOf(changes: readonly Change[]): string[] {
  return changes
    .filter(({ aside }) => aside)
    .map(({ path }) => `${path} is yours and was kept; what would be generated now is in ${newPath(path)}`)
}

/** Where the new bytes of a team's file go. */
export function newPath(path: string): string {
  return `${OWN_FOLDER}/new/${path}`
}
