import type { DataFile } from '../value.ts'

/** Where data lies by id: a folder, a web server, a database. Another one is another file in this folder, and a line in options.ts. */
export interface Source {
  /** For people, in messages. */
  readonly description: string
  /** null: there is nothing under this id. Throws SourceDown, SourceSlow, and DataError when what is there cannot be used. */
  fetch(id: string): Promise<DataFile | null>
  /** All ids, to fill the cache before they are asked for. Throws as `fetch`; SourceError where a source has no list. */
  list(): AsyncIterable<string>
  /** Closes what it holds open. */
  close?(): Promise<void>
}
