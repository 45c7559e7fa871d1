/** Runs jobs in the background, a few at a time. What does not fit is dropped: a cache may forget, but must not take the memory. */
export class Saver {
  readonly #waiting: { readonly job: () => Promise<unknown>; readonly bytes: number }[] = []
  readonly #limits: { readonly bytes: number; readonly atOnce: number }
  #bytes = 0
  #running = 0
  #idle: (() => void)[] = []
  /** Jobs that found no room, so far. */
  dropped = 0

  constructor(limits: { readonly bytes: number; readonly atOnce: number }) {
    this.#limits = limits
  }

  /** `bytes`: what the job holds in memory until it is done. Jobs do not throw. false: there is no room for it. */
  add(bytes: number, job: () => Promise<unknown>): boolean {
    if (this.#bytes + bytes > this.#limits.bytes) {
      this.dropped += 1
      return false
    }
    this.#bytes += bytes
    this.#waiting.push({ job, bytes })
    this.#next()
    return true
  }

  /** Resolves when nothing is left to be done. */
  async settle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #next(): void {
    if (this.#running >= this.#limits.atOnce) return
    const next = this.#waiting.shift()
    if (next === undefined) {
      if (this.#running > 0) return
      for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    this.#running += 1
    void next.job().finally(() => {
      this.#running -= 1
      this.#bytes -= next.bytes
      this.#next()
    })
  }
}
