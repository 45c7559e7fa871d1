import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { type Change, compareFiles, recover, settleConflicts, writeAll } from '../create.ts'
import { CreateError } from '../errors.ts'
import { hashFile, type LockedFile } from '../lock.ts'
import { hashSegments } from '../onnx/segments.ts'
import { readPackage } from '../package.ts'
import type { RenderedFile } from '../render/rendered-file.ts'
import type { EdgeTarget } from '../words.ts'
import type { ExportedFile } from './target.ts'

/** In each export: the files that it is made of, with their hashes, so that exporting again knows them. */
export const RECORD = 'export.json'

/** One target's files, by their paths below its folder. */
export interface TargetFiles {
  readonly target: EdgeTarget
  readonly files: readonly ExportedFile[]
}

const record = z.object({
  schema: z.literal(1),
  files: z.record(z.string(), z.object({ sha256: z.string() })),
})

/**
 * Writes exports below SERVER/edge/, all of them or nothing: files that nobody changed since the last export are replaced or
 * removed, files that are not ours are a conflict. Throws CreateError.
 */
export async function writeExports(
  folder: string,
  exports: readonly TargetFiles[],
  { force }: { force: boolean },
): Promise<readonly Change[]> {
  await recover(folder)
  const wanted: RenderedFile[] = []
  const known: Record<string, LockedFile> = {}
  for (const one of exports) {
    wanted.push(...(await toRendered(one)))
    Object.assign(known, readRecord(folder, one.target))
  }
  const compared = await compareFiles(folder, { files: wanted, known })
  const changes = settleConflicts(compared, { force })
  await writeAll(folder, changes)
  return changes
}

/** The files with their record last. */
async function toRendered({ target, files }: TargetFiles): Promise<RenderedFile[]> {
  const rendered = await Promise.all(files.map((file) => renderFile(target, file)))
  const hashes = rendered.map(({ path, sha256 }) => [path.slice(target.length + 1), { sha256 }] as const)
  const { name, version } = readPackage()
  const document = {
    schema: 1,
    generator: `${name}@${version}`,
    target,
    files: Object.fromEntries(hashes.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
  const bytes = Buffer.from(`${JSON.stringify(document, null, 2)}\n`)
  return [...rendered, await renderFile(target, { path: RECORD, bytes })]
}

async function renderFile(target: EdgeTarget, file: ExportedFile): Promise<RenderedFile> {
  const mode = file.path.endsWith('.sh') ? 0o755 : 0o644
  const identity = { path: `${target}/${file.path}`, owner: 'template', mode, from: `edge/${target}` } as const
  if ('bytes' in file)
    return { ...identity, sha256: hashFile(file.bytes), content: { kind: 'bytes', bytes: file.bytes } }
  const segments = [{ kind: 'file' as const, path: file.copyOf, start: 0, end: statSync(file.copyOf).size }]
  return { ...identity, sha256: (await hashSegments(segments)).sha256, content: { kind: 'segments', segments } }
}

/** What the last export of a target wrote; the record itself is ours alone, so it counts as it is. */
function readRecord(folder: string, target: EdgeTarget): Record<string, LockedFile> {
  const file = join(folder, target, RECORD)
  if (!existsSync(file)) return {}
  const bytes = readFileSync(file)
  const lock = (sha256: string): LockedFile => ({ sha256, owner: 'template', from: `edge/${target}` })
  const entries = Object.entries(parseRecord(file, bytes.toString()).files)
  const known = entries.map(([path, { sha256 }]) => [`${target}/${path}`, lock(sha256)] as const)
  return { ...Object.fromEntries(known), [`${target}/${RECORD}`]: lock(hashFile(bytes)) }
}

function parseRecord(file: string, text: string): z.infer<typeof record> {
  try {
    return record.parse(JSON.parse(text))
  } catch (cause) {
    throw new CreateError('invalid', `${file} is not what an export has written`, {
      hint: 'It says which files are ours. Remove the folder that it lies in and export again.',
      cause,
    })
  }
}
