import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onDisk } from './disk-error.ts'

/** Runs with a temporary folder, for what can only be made as a file; it is gone afterwards. Throws CreateError `runtime`. */
export async function withScratchFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await onDisk(tmpdir(), async () => realpath(await mkdtemp(join(tmpdir(), 'create-inference-server-'))))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
