import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { CreateError } from '../errors.ts'
import { orAbsent } from './disk-error.ts'
import { syncFolders, writeDurably } from './durable.ts'
import { type Hold, JOURNAL } from './hold.ts'
import { OWN_FOLDER, pathFault } from './safe-path.ts'

/** `backup/…`, `backup-2/…` and `new/…`: the only places in our own folder that a step may write to. */
const OWN_PLACE = /^(backup(-\d+)?|new)\/(?<rest>.+)$/s

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const path = z.string().refine((value) => stepFault(value) === null, 'is not a path of this server')
const stepSchema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('put'), path, staged: z.string().regex(/^\d+$/), before: sha256.nullable(), after: sha256 }),
  z.object({ op: z.literal('remove'), path, before: sha256 }),
])
const journalSchema = z.object({ journalVersion: z.literal(1), steps: z.array(stepSchema) })

/**
 * One change that is to be made, however often we are killed. `before` and `after` are SHA-256 of the bytes in hex, null for
 * no file. `staged` names the new bytes in the txn folder; they are gone from there when the step is done.
 */
export type Step = z.infer<typeof stepSchema>

/** True for a path in our own folder: nobody's edit is lost when it is replaced. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(`${OWN_FOLDER}/`)
}

/** What is wrong with a step's path; null when nothing is. A journal lies in the target, where anybody can put one. */
function stepFault(path: string): string | null {
  if (!isOwnPath(path)) return pathFault(path)
  const rest = OWN_PLACE.exec(path.slice(OWN_FOLDER.length + 1))?.groups?.rest
  return rest === undefined ? 'is not a place in our own folder' : pathFault(rest)
}

/** Where the bytes of a step are staged. */
export function stagedFile({ txn }: Hold, staged: string): string {
  return join(txn, staged)
}

/** The point of no return: before it nothing has changed, after it every step will be made. */
export async function commitJournal({ target, own, txn }: Hold, steps: readonly Step[]): Promise<void> {
  const draft = join(txn, `${JOURNAL}.draft`)
  const text = JSON.stringify({ journalVersion: 1, steps })
  await writeDurably(draft, [Buffer.from(text)], 0o644)
  await syncFolders([txn, own, target]) // the staged names before the journal that counts on them
  await rename(draft, join(txn, JOURNAL))
  await syncFolders([txn])
}

/** The steps that a command before us committed itself to; null when it did not come that far. */
export async function readJournal({ target, txn }: Hold): Promise<Step[] | null> {
  const text = await orAbsent(readFile(join(txn, JOURNAL), 'utf8'))
  if (text === null) return null
  const parsed = journalSchema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data.steps
  throw new CreateError('conflict', `${target}/${OWN_FOLDER}/txn/${JOURNAL} is not a journal of ours`, {
    hint: `Delete ${target}/${OWN_FOLDER}/txn and run the command again.`,
    cause: parsed.error,
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // refused by the schema, with its message
  }
}
