import type { FastifyInstance } from 'fastify'
import { readIds, warmAll } from './warm.ts'

export interface WarmUpOptions {
  /** A file with an id per line, or `all`: what the source lists. */
  readonly ids: string
  readonly atOnce: number
  /** Of the ids that must be done before the server is ready; 0: it does not wait. */
  readonly readyPercent: number
}

/** Fills the memory of this process when it starts. */
export class WarmUp {
  readonly #options: WarmUpOptions
  readonly #stopped = new AbortController()
  #share = 0

  constructor(options: WarmUpOptions) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#share * 100 >= this.#options.readyPercent
  }

  /** In the background. What goes wrong is logged: a cache that is not warm is slower, and nothing else. */
  async run({ dataCache, log }: FastifyInstance): Promise<void> {
    const { ids, atOnce } = this.#options
    const start = performance.now()
    try {
      const all: string[] = []
      for await (const id of ids === 'all' ? dataCache.source.list() : readIds(ids)) all.push(id)
      const onProgress = (done: number) => {
        this.#share = done / all.length
      }
      const report = await warmAll(dataCache, all, { anew: false, atOnce, signal: this.#stopped.signal, onProgress })
      const seconds = Math.round(performance.now() - start) / 1000
      log.info({ ...report, seconds }, `cache warmed up: ${report.ids} ids`)
    } catch (error) {
      log.error({ err: error }, 'the cache cannot be warmed up')
    }
    this.#share = 1
  }

  stop(): void {
    this.#stopped.abort()
  }
}
