import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno, onDisk, orAbsent } from './disk-error.ts'
import { makeFolder, unless } from './durable.ts'
import { readStamps } from './look.ts'
import { busyError, isOtherProcess } from './process-alive.ts'
import { OWN_FOLDER } from './safe-path.ts'

/** In the txn folder: the steps that will be made whatever happens. */
export const JOURNAL = 'journal.json'

const TXN = 'txn'
const IGNORE = '.gitignore'

/** A target that no other command writes to until it is let go. */
export interface Hold {
  readonly target: string
  /** Our folder in the target. */
  readonly own: string
  /** What is staged, and the journal. Outlives us when we are killed: then the next command takes it over. */
  readonly txn: string
}

/**
 * Runs `work` while no other command writes to the target, which must be a folder. When it fails, nothing of it stays,
 * unless it committed a journal: then any next command finishes that. Throws `runtime` when another command is at work.
 */
export async function holding<T>(target: string, work: (hold: Hold) => Promise<T>): Promise<T> {
  const hold = await onDisk(target, () => take(target))
  let result: T
  try {
    await onDisk(target, () => unless(writeFile(join(hold.own, IGNORE), '*\n', { flag: 'wx' }), 'EEXIST'))
    result = await work(hold)
  } catch (error) {
    await ((await isCommitted(hold)) ? abandon(hold) : release(hold))
    throw error
  }
  await onDisk(target, () => release(hold))
  return result
}

/** True when the point of no return has been passed. */
export async function isCommitted({ txn }: Hold): Promise<boolean> {
  return (await orAbsent(lstat(join(txn, JOURNAL)))) !== null
}

/**
 * Takes the target, and with it what a dead process left there. The txn folder is made under our own name with its owner
 * inside, and moved to its place by one rename, which fails while another's is there.
 */
async function take(target: string): Promise<Hold> {
  await readStamps(target, [`${OWN_FOLDER}/${TXN}/${JOURNAL}`, `${OWN_FOLDER}/${IGNORE}`]) // refuses links
  const own = join(target, OWN_FOLDER)
  const hold = { target, own, txn: join(own, TXN) }
  const ours = join(own, `${TXN}-${process.pid}`)
  try {
    await prepare(own, ours)
    if (!(await renamedInto(ours, hold.txn))) await takeOver(hold)
    return hold
  } finally {
    await rm(ours, { recursive: true, force: true })
    await removeEmpty(own)
  }
}

async function prepare(own: string, ours: string): Promise<void> {
  await makeFolder(own)
  await rm(ours, { recursive: true, force: true })
  await mkdir(ours)
  await writeFile(join(ours, `owner-${process.pid}`), '')
}

async function renamedInto(ours: string, txn: string): Promise<boolean> {
  try {
    await rename(ours, txn)
    return true
  } catch (error) {
    const taken = process.platform === 'win32' ? ['EPERM', 'EEXIST'] : ['ENOTEMPTY', 'EEXIST']
    if (isErrno(error, ...taken)) return false
    throw error
  }
}

/** Renaming the owner's mark from its name to ours succeeds for one process only. */
async function takeOver({ target, txn }: Hold): Promise<void> {
  const marks = ((await orAbsent(readdir(txn))) ?? []).filter((name) => /^owner-\d+$/.test(name))
  const pids = marks.map((mark) => Number(mark.slice('owner-'.length)))
  const alive = pids.find(isOtherProcess)
  if (alive !== undefined) throw busyError(target, alive)
  const ours = join(txn, `owner-${process.pid}`)
  const [mark] = marks
  try {
    if (mark === undefined) await writeFile(ours, '', { flag: 'wx' })
    else await rename(join(txn, mark), ours)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EEXIST')) throw busyError(target, pids[0] ?? 0)
    throw error
  }
}

/** Gives up a target whose journal stands: any next command, of this process or another, may take it over. */
async function abandon({ txn }: Hold): Promise<void> {
  await unless(rename(join(txn, `owner-${process.pid}`), join(txn, 'owner-0')), 'ENOENT')
}

/** Lets a target go: nothing of ours stays there but backups and new versions, if there are any. */
async function release({ own, txn }: Hold): Promise<void> {
  const names = await readdir(own)
  if (names.every((name) => name === TXN || name === IGNORE || isLeftover(name))) {
    await rm(join(own, IGNORE), { force: true })
  }
  const done = join(own, `${TXN}-${process.pid}`)
  await rename(txn, done)
  await rm(done, { recursive: true, force: true })
  for (const name of names.filter(isLeftover)) await rm(join(own, name), { recursive: true, force: true })
  await removeEmpty(own)
}

/** Looks first: in a folder that is closed to us, `rmdir` would complain about that, empty or not. */
async function removeEmpty(folder: string): Promise<void> {
  const names = await orAbsent(readdir(folder))
  if (names?.length === 0) await unless(rmdir(folder), 'ENOTEMPTY', 'EEXIST', 'ENOENT')
}

/** A txn folder that is not the current one: its process died before it took the target, or after it let it go. */
function isLeftover(name: string): boolean {
  const pid = /^txn-(\d+)$/.exec(name)?.[1]
  return pid !== undefined && !isOtherProcess(Number(pid))
}

/** True when a command died in this target, or is at work in it: there is more than backups and new versions. */
export async function isUnsettled(target: string): Promise<boolean> {
  const names = await orAbsent(readdir(join(target, OWN_FOLDER)))
  if (names === null) return false
  const kept = names.filter((name) => name !== IGNORE)
  return kept.length === 0 || kept.some((name) => name === TXN || isLeftover(name))
}
