import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CacheSettings } from './settings.ts'
import { DirectorySource } from './sources/directory.ts'
import type { Source } from './sources/source.ts'

const SERVER = fileURLToPath(new URL('../../', import.meta.url))

/** Environment variables of this kind of source alone. */
export const sourceEnv = {}

/** Where data lies by id. */
export function openSource(config: CacheSettings): Source {
  const path = resolve(SERVER, config.SOURCE_PATH)
  return new DirectorySource({ path, images: true, maxBytes: config.SOURCE_MAX_BYTES })
}
