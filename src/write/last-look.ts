import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateError } from '../errors.ts'
import type { Change } from './compare.ts'
import { onDisk } from './disk-error.ts'
import type { Step } from './journal.ts'
import { existingFolders, readStamps } from './look.ts'

/**
 * Throws `conflict` when a file that was compared is no longer what it was: another command or an editor came between.
 * The team's files that are kept may change at any time.
 */
export async function refuseMoved(target: string, changes: readonly Change[]): Promise<void> {
  const compared = changes.filter(({ action }) => action !== 'keep')
  const stamps = await readStamps(
    target,
    compared.map(({ path }) => path),
  )
  const moved = compared.filter(({ path, before }) => stamps.get(path) !== before?.stamp)
  if (moved.length === 0) return
  throw new CreateError('conflict', `files in ${target} changed while the command ran`, {
    hint: 'Nothing was written. Run the command again.',
    issues: moved.map(({ path }) => ({ file: path, message: 'changed meanwhile' })),
  })
}

/** Throws what would stop a step half-way: `conflict` for a link where it leads, `runtime` for a folder we may not write to. */
export async function refuseBlocked(target: string, steps: readonly Step[]): Promise<void> {
  await readStamps(
    target,
    steps.map(({ path }) => path),
  )
  const folders = new Map<string, string>()
  for (const { path } of steps) {
    const [deepest = target] = await existingFolders(target, path)
    if (!folders.has(deepest)) folders.set(deepest, path)
  }
  for (const [folder, path] of folders) {
    await onDisk(join(target, path), () => access(folder, constants.W_OK | constants.X_OK))
  }
}
