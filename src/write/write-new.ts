import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateError } from '../errors.ts'
import { onDisk } from './disk-error.ts'
import { makeFolder } from './durable.ts'

/**
 * Writes small files that must not be there yet.
 * `mode` is what the umask leaves of it.
 * @throws CreateError `conflict` when one is, `runtime` for what the disk refuses.
 */
export async function writeNewFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  mode = 0o666,
): Promise<void> {
  const there = Object.keys(files).filter((path) => existsSync(join(folder, path)))
  if (there.length > 0) throw occupied(there)
  await onDisk(folder, () => makeFolder(folder))
  for (const [path, text] of Object.entries(files)) {
    await onDisk(path, () => writeFile(join(folder, path), text, { flag: 'wx', mode }))
  }
}

function occupied(paths: readonly string[]): CreateError {
  return new CreateError('conflict', `${paths.join(' and ')} ${paths.length === 1 ? 'is' : 'are'} there already`, {
    issues: paths.map((file) => ({ file, message: 'is never overwritten' })),
    hint: 'Move it away, or name another folder with --out DIR.',
  })
}
