import { join } from 'node:path'
import { LOCK_FILE } from '../lock.ts'
import { freeBackup } from './backup.ts'
import { type Change, newPath } from './compare.ts'
import { writeContent } from './content.ts'
import { onDisk } from './disk-error.ts'
import { copyDurably } from './durable.ts'
import type { Hold } from './hold.ts'
import { type Step, stagedFile } from './journal.ts'

/**
 * Writes all new bytes, and copies of the old ones that are to be backed up, into the txn folder. Returns the steps that
 * bring them into place, in order: a backup before what replaces it, removals after, the lock last.
 */
export async function stageChanges(hold: Hold, changes: readonly Change[]): Promise<Step[]> {
  const steps: Step[] = []
  const put = async (path: string, before: string | null, write: (file: string) => Promise<string>) => {
    const staged = String(steps.length)
    const after = await onDisk(path, () => write(stagedFile(hold, staged)))
    steps.push({ op: 'put', path, staged, before, after })
  }
  for (const { path, action, file, before, backup, aside } of inOrder(changes)) {
    if (backup)
      await put(await freeBackup(hold.target, path), null, (copy) => copyDurably(join(hold.target, path), copy))
    if (file !== null && aside) await put(newPath(path), null, (staged) => writeContent(file, staged))
    if (file !== null && (action === 'create' || action === 'update')) {
      await put(path, before?.plain ?? null, (staged) => writeContent(file, staged))
    }
    if (action === 'remove' && before !== null) steps.push({ op: 'remove', path, before: before.plain })
  }
  return steps
}

function inOrder(changes: readonly Change[]): Change[] {
  const rank = ({ path, action }: Change) => (path === LOCK_FILE ? 2 : action === 'remove' ? 1 : 0)
  return [...changes].sort((a, b) => rank(a) - rank(b))
}
