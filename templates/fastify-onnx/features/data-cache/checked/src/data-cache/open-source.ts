import type { CacheSettings } from './settings.ts'
import { DirectorySource } from './sources/directory.ts'
import type { Source } from './sources/source.ts'

export const sourceEnv = {}

/** Stands for what is rendered from vars.yaml. */
export function openSource(config: CacheSettings): Source {
  return new DirectorySource({ path: config.SOURCE_PATH, images: false, maxBytes: config.SOURCE_MAX_BYTES })
}
