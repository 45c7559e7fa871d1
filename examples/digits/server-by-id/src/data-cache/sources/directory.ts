import { constants } from 'node:fs'
import { open, opendir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { DataError } from '../../ml/errors.ts'
import { SourceDown } from '../errors.ts'
import { explainId } from '../ids.ts'
import type { DataFile } from '../value.ts'
import type { Source } from './source.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.json': 'application/json',
}

export interface DirectoryOptions {
  readonly path: string
  /** Files are images; else JSON, each what `data` of a request would be. */
  readonly images: boolean
  readonly maxBytes: number
}

/** A folder with a file for each id: `0000` is the one file `0000.jpg`, .jpeg, .png or .webp where the model takes images, else `0000.json`. */
export class DirectorySource implements Source {
  readonly description: string
  readonly #options: DirectoryOptions
  readonly #extensions: readonly string[]

  constructor(options: DirectoryOptions) {
    this.#options = options
    this.#extensions = Object.keys(TYPES).filter((extension) => (extension === '.json') !== options.images)
    this.description = `the folder ${options.path}`
  }

  async fetch(id: string): Promise<DataFile | null> {
    const found = await Promise.all(this.#extensions.map((extension) => this.#read(id, extension)))
    const [file, second] = found.filter((each) => each !== null)
    if (file === undefined) return null
    if (second === undefined) return file
    throw new DataError(
      422,
      `There are two files with the id ${JSON.stringify(id)}: which one is meant cannot be known.`,
    )
  }

  async *list(): AsyncIterable<string> {
    const seen = new Set<string>()
    const folder = await opendir(this.#options.path).catch((cause: unknown) => {
      throw new SourceDown(`${this.description} cannot be read`, { cause })
    })
    for await (const entry of folder) {
      const extension = extname(entry.name)
      const id = entry.name.slice(0, -extension.length)
      if (!this.#extensions.includes(extension) || explainId(id) !== null || seen.has(id)) continue
      seen.add(id)
      yield id
    }
  }

  /** One that is no plain file is not there: a link may lead anywhere. */
  async #read(id: string, extension: string): Promise<DataFile | null> {
    const path = join(this.#options.path, `${id}${extension}`)
    try {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        const status = await file.stat()
        if (!status.isFile()) return null
        if (status.size > this.#options.maxBytes) {
          throw new DataError(
            422,
            `The data with the id ${JSON.stringify(id)} is larger than ${this.#options.maxBytes} bytes.`,
          )
        }
        return { bytes: await file.readFile(), type: TYPES[extension] ?? '' }
      } finally {
        await file.close()
      }
    } catch (error) {
      if (error instanceof DataError) throw error
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENAMETOOLONG' || code === 'EISDIR') return null
      throw new SourceDown(`${this.description} cannot be read`, { cause: error })
    }
  }
}
