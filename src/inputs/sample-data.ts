import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CreateError } from '../errors.ts'
import { displayPath } from './locate.ts'
import type { Vars } from './vars.ts'

/** The file of data that `options.data_cache.sample_id` names (VARS.md). */
export interface SampleData {
  /** Such as `0000.jpg`. */
  readonly name: string
  readonly bytes: Uint8Array
}

const IMAGES = ['.jpg', '.jpeg', '.png', '.webp']
/** As the server's own rule (data-cache/ids.ts). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an id stands in keys, file names and log lines
const NO_NAME = /[\x00-\x1f\x7f/\\]|^\.|^$/

/**
 * Reads the one file of the sample's id, in the folder of the data, which lies beside vars.yaml; null where data does not come
 * from a folder, or no id is named.
 * @throws CreateError `not_found`, or `invalid` when the id is no name, or two files have it.
 */
export function readSampleData(cwd: string, varsPath: string, { options, preprocess }: Vars): SampleData | null {
  const { sample_id: id, source } = options.data_cache ?? {}
  if (id === undefined || (source && source.kind !== 'directory')) return null
  if (NO_NAME.test(id)) {
    throw new CreateError('invalid', `options.data_cache.sample_id "${id}" is no name`, {
      hint: 'An id is a name: without slashes and control characters, and not beginning with a dot.',
    })
  }
  const folder = join(dirname(varsPath), source?.path ?? 'data')
  const names = (preprocess.kind === 'image' ? IMAGES : ['.json']).map((extension) => `${id}${extension}`)
  const found = names.filter((name) => existsSync(join(folder, name)))
  const [name] = found
  const shown = displayPath(cwd, folder)
  if (name === undefined) {
    throw new CreateError('not_found', `There is no ${names.join(', ')} in ${shown} (options.data_cache.sample_id)`, {
      hint: `Put one there: GET /predict/test asks for it. Or leave sample_id out.`,
    })
  }
  if (found.length > 1) throw new CreateError('invalid', `${shown} has ${found.join(' and ')}: two files with one id`)
  const path = join(folder, name)
  if (!statSync(path).isFile()) throw new CreateError('invalid', `${displayPath(cwd, path)} is no file`)
  return { name, bytes: readFileSync(path) }
}
