import { readdir, realpath, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CreateError } from '../errors.ts'
import { onDisk, orAbsent } from './disk-error.ts'
import { type Hold, holding, isUnsettled, JOURNAL } from './hold.ts'
import { readJournal, type Step } from './journal.ts'
import { isFolder, readStamps } from './look.ts'
import { clearStaging } from './new-target.ts'
import { alone } from './process-alive.ts'
import { replay } from './replay.ts'
import { OWN_FOLDER } from './safe-path.ts'

/**
 * Finishes what a killed command had committed itself to in this target, or takes back what it had not. Every command that
 * writes calls it first; it does nothing where nothing is left over. Throws `runtime` while another command is at work.
 */
export async function recover(target: string): Promise<void> {
  const folder = await realFolder(target)
  await alone(folder, async () => {
    await clearStaging(folder)
    if ((await isFolder(folder)) && (await isUnsettled(folder))) await holding(folder, settleHold)
  })
}

/** What a command that must not write (--dry-run) calls instead of recover. Throws `conflict`. */
export async function refuseUnfinished(target: string): Promise<void> {
  const folder = await realFolder(target)
  if (!(await isFolder(folder)) || !(await isUnsettled(folder))) return
  throw new CreateError('conflict', `an earlier command has not finished in ${target}`, {
    hint: 'Run this command without --dry-run: it finishes that one first, or takes it back.',
  })
}

/** The folder that a link leads to: vars.yaml may be read through one, although nothing is ever written through one. */
async function realFolder(target: string): Promise<string> {
  return (await onDisk(target, () => orAbsent(realpath(target)))) ?? resolve(target)
}

/** Empties the txn folder that we hold: a committed journal is finished, anything else was only staged. */
export async function settleHold(hold: Hold): Promise<void> {
  const steps = await readJournal(hold)
  if (steps !== null) {
    await refuseLinks(hold, steps)
    await replay(hold, steps)
    await onDisk(hold.target, () => rm(join(hold.txn, JOURNAL)))
  }
  const leftovers = (await readdir(hold.txn)).filter((name) => !name.startsWith('owner-'))
  for (const name of leftovers) await onDisk(hold.target, () => rm(join(hold.txn, name), { recursive: true }))
}

/** Since the crash, or by a journal that is not ours, links may stand where the steps lead, or be what is staged. */
async function refuseLinks({ target }: Hold, steps: readonly Step[]): Promise<void> {
  const staged = steps.flatMap((step) => (step.op === 'put' ? [`${OWN_FOLDER}/txn/${step.staged}`] : []))
  await readStamps(target, [...steps.map(({ path }) => path), ...staged])
}
