import { join, readParts } from './body.ts'
import { guarded, orRefused, StoreError } from './guarded-store.ts'
import { type Bytes, sha256 } from './hash.ts'
import { pauseBefore, resumeHeaders, type Use, useOf } from './response.ts'
import type { Partial, Store } from './store.ts'
import { Silence, type Tools } from './tools.ts'

/** A model to be loaded. */
export interface Wanted {
  readonly url: string
  readonly sha256: string
  readonly size: number
}

/** `loaded`: the partial download in the store is whole and has the right hash. */
export type Downloaded = 'loaded' | 'unreachable' | 'no_space' | 'bad_model'

const FRUITLESS_ATTEMPTS = 3
const RESTARTS = 2
/** So much is gathered before it is stored. */
const FLUSH_BYTES = 1 << 18

/** Loads a model into the store, from where an earlier attempt ended; docs/edge-updates.md, section 4. */
export async function download(wanted: Wanted, store: Store, tools: Tools): Promise<Downloaded> {
  const safe = guarded(store)
  const outcome = await orRefused(new Download(wanted, safe, tools).run())
  if (outcome === null) await orRefused(safe.discard(wanted.sha256)) // the room is the app's again
  return outcome ?? 'no_space'
}

class Download {
  readonly #wanted: Wanted
  readonly #store: Store
  readonly #tools: Tools
  #restarts = 0
  /** Attempts in a row that brought no byte. */
  #fruitless = 0
  /** Answers of which what is there was made; what was there before is one. */
  #sources = 0
  #doubted = false

  constructor(wanted: Wanted, store: Store, tools: Tools) {
    this.#wanted = wanted
    this.#store = store
    this.#tools = tools
  }

  async run(): Promise<Downloaded> {
    const { size } = this.#wanted
    let partial = await this.#find()
    const free = await this.#store.freeBytes()
    if (free !== null && free < size - partial.received) return 'no_space'
    if (partial.received > 0) this.#sources = 1
    for (;;) {
      const outcome = partial.received === size ? await this.#verify() : await this.#attempt(partial)
      if (outcome !== 'again') return outcome
      partial = await this.#find()
    }
  }

  /** What is there of it; more than there can be is thrown away. */
  async #find(): Promise<Partial> {
    const partial = await this.#store.partial(this.#wanted.sha256)
    if (partial !== null && partial.received <= this.#wanted.size) return partial
    if (partial !== null) await this.#discard()
    return { received: 0, etag: null }
  }

  async #attempt(partial: Partial): Promise<Downloaded | 'again'> {
    const silence = new Silence()
    try {
      const response = await this.#ask(resumeHeaders(partial), silence.signal)
      if (response === null) return await this.#retry(null)
      const use = useOf(response, partial.received, this.#wanted.size)
      if (use === 'append' || use === 'whole') return await this.#take(response, use, partial, silence)
      return await this.#refused(use, response)
    } finally {
      silence.end()
    }
  }

  async #ask(headers: Record<string, string>, signal: AbortSignal): Promise<Response | null> {
    try {
      // Models are kept by the store: a second copy in the browser's cache would only take room.
      return await this.#tools.fetch(this.#wanted.url, { headers, signal, cache: 'no-store' })
    } catch {
      return null
    }
  }

  async #refused(use: Exclude<Use, 'append' | 'whole'>, { headers }: Response): Promise<Downloaded | 'again'> {
    if (use === 'restart') return this.#restart()
    if (use === 'retry') return this.#retry(headers.get('retry-after'))
    return use
  }

  async #restart(): Promise<Downloaded | 'again'> {
    await this.#discard()
    this.#restarts++
    return this.#restarts > RESTARTS ? 'unreachable' : 'again'
  }

  async #retry(retryAfter: string | null): Promise<Downloaded | 'again'> {
    this.#fruitless++
    if (this.#fruitless >= FRUITLESS_ATTEMPTS) return 'unreachable'
    await this.#tools.wait(pauseBefore(this.#fruitless, retryAfter))
    return 'again'
  }

  async #take(
    response: Response,
    use: 'append' | 'whole',
    partial: Partial,
    silence: Silence,
  ): Promise<Downloaded | 'again'> {
    const hash = this.#wanted.sha256
    if (use === 'whole') {
      await this.#store.begin(hash, response.headers.get('etag'))
      this.#sources = 0
    }
    const before = use === 'whole' ? 0 : partial.received
    const brought = await this.#keep(response, silence, this.#wanted.size - before)
    if (brought === 'too_long') {
      await this.#discard()
      return 'bad_model'
    }
    if (brought === 0) return this.#retry(null)
    this.#fruitless = 0
    this.#sources++
    if (before + brought < this.#wanted.size) await this.#tools.wait(pauseBefore(1, null))
    return 'again'
  }

  /** Stores what arrives, also when the connection breaks; the number of bytes. */
  async #keep(response: Response, silence: Silence, most: number): Promise<number | 'too_long'> {
    let gathered: Bytes[] = []
    let brought = 0
    let waiting = 0
    const flush = async () => {
      if (waiting > 0) await this.#store.append(this.#wanted.sha256, join(gathered))
      gathered = []
      waiting = 0
    }
    try {
      for await (const part of readParts(response)) {
        silence.heard()
        brought += part.length
        waiting += part.length
        if (brought > most) return 'too_long'
        gathered.push(part)
        if (waiting >= FLUSH_BYTES) await flush()
      }
    } catch (error) {
      if (error instanceof StoreError) throw error // else the connection broke: what came before is good
    }
    await flush()
    return brought
  }

  async #verify(): Promise<Downloaded | 'again'> {
    const hash = this.#wanted.sha256
    if ((await sha256(await this.#store.readPartial(hash))) === hash) return 'loaded'
    // Put together from several answers, one of them may have been of something else: once, it is worth another try.
    if (this.#sources > 1 && !this.#doubted) {
      this.#doubted = true
      return this.#restart()
    }
    await this.#discard()
    return 'bad_model'
  }

  async #discard(): Promise<void> {
    await this.#store.discard(this.#wanted.sha256)
    this.#sources = 0
  }
}
