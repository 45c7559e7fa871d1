import { DataError } from '../../ml/errors.ts'
import { SourceDown, SourceSlow } from '../errors.ts'
import type { DataFile } from '../value.ts'
import type { Source } from './source.ts'

export interface HttpOptions {
  /** The id, percent-encoded, is put behind it; with `{id}` in it, there. */
  readonly baseUrl: string
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Sent as Authorization; empty: none. */
  readonly authorization: string
}

/** Statuses that say that there is nothing under an address. */
const MISSING = [404, 410]

/** A web server with an address for each id. */
export class HttpSource implements Source {
  readonly description: string
  readonly #options: HttpOptions

  constructor(options: HttpOptions) {
    this.#options = options
    this.description = `the data source ${new URL(options.baseUrl.replace('{id}', '')).host}`
  }

  async fetch(id: string): Promise<DataFile | null> {
    const { timeoutMs, authorization } = this.#options
    try {
      const answer = await fetch(this.#addressOf(id), {
        signal: AbortSignal.timeout(timeoutMs),
        headers: authorization === '' ? {} : { authorization },
      })
      if (MISSING.includes(answer.status)) {
        await answer.body?.cancel()
        return null
      }
      if (!answer.ok) {
        await answer.body?.cancel()
        throw new SourceDown(`${this.description} answered ${answer.status}.`)
      }
      const type = mediaType(answer)
      return { bytes: await this.#read(id, answer), ...(type !== '' && { type }) }
    } catch (cause) {
      if (cause instanceof DataError) throw cause
      if (cause instanceof Error && cause.name === 'TimeoutError') {
        throw new SourceSlow(`${this.description} did not answer within ${timeoutMs} ms.`, { cause })
      }
      throw new SourceDown(`${this.description} cannot be reached.`, { cause })
    }
  }

  // biome-ignore lint/correctness/useYield: there is nothing to list
  async *list(): AsyncIterable<string> {
    throw new Error(`${this.description} cannot say which ids there are: name them in a file (--ids)`)
  }

  #addressOf(id: string): string {
    const { baseUrl } = this.#options
    const encoded = encodeURIComponent(id)
    if (baseUrl.includes('{id}')) return baseUrl.replace('{id}', () => encoded)
    return `${baseUrl.replace(/\/$/, '')}/${encoded}`
  }

  /** Stops where the limit is, whatever the answer's headers say. */
  async #read(id: string, answer: Response): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of answer.body ?? []) {
      size += chunk.byteLength
      if (size > this.#options.maxBytes) {
        throw new DataError(
          422,
          `The data with the id ${JSON.stringify(id)} is larger than ${this.#options.maxBytes} bytes.`,
        )
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, size)
  }
}

/** Empty where the server does not know it: what says so is what it says of bytes. */
function mediaType(answer: Response): string {
  const type = (answer.headers.get('content-type') ?? '').replace(/\s*;.*$/s, '').toLowerCase()
  return type === 'application/octet-stream' || type === 'binary/octet-stream' ? '' : type
}
