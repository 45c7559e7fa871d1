import { unwatchFile, watchFile } from 'node:fs'
import type { FastifyBaseLogger } from 'fastify'
import { ConfigError } from '../config.ts'

/** How often files are looked at. By what they are, not by events: those miss the swapped links of mounted secrets. */
const INTERVAL_MS = 1000
/** After a change, until it is read: files that belong together are not replaced in one step. */
const SETTLE_MS = 200

export interface WatchOptions<Value> {
  /** The settings that name the files. */
  readonly setting: string
  readonly files: readonly string[]
  /** Reads and checks them; throws Error in words that do not repeat what is in the files. */
  load(): Value
  /** For the log, when they have been loaded again. */
  describe(value: Value): string
  onChange?(value: Value): void
  readonly log: FastifyBaseLogger
}

/** What files hold, loaded again whenever they change. What cannot be used does not replace what could. */
export class Watched<Value> {
  #value: Value
  readonly #options: WatchOptions<Value>
  #timer: NodeJS.Timeout | undefined

  /** Throws ConfigError: a server does not start without its guards. */
  constructor(options: WatchOptions<Value>) {
    this.#options = options
    // Before they are read: no change falls in between.
    for (const file of options.files) watchFile(file, { interval: INTERVAL_MS, persistent: false }, this.#changed)
    try {
      this.#value = options.load()
    } catch (cause) {
      this.close()
      throw new ConfigError(`${options.setting} cannot be used: ${reasonOf(cause)}`, { cause })
    }
  }

  get value(): Value {
    return this.#value
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const file of this.#options.files) unwatchFile(file, this.#changed)
  }

  readonly #changed = (): void => {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#reload(), SETTLE_MS).unref()
  }

  #reload(): void {
    const { setting, files, load, describe, onChange, log } = this.#options
    try {
      const value = load()
      onChange?.(value)
      this.#value = value
      log.info(`${setting} has changed: ${describe(value)}`)
    } catch (error) {
      log.error(
        { files, reason: reasonOf(error) },
        `${setting} has changed, but cannot be used: what was there before stays in use`,
      )
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
