/**
 * On one core, decoding (a thread's work) and the model (the event loop's) take turns: beside each other they share its caches,
 * and both take longer. A turn is one decode, or all inferences that wait, which may be one batch; neither can keep the other out.
 */
export class Turns {
  #decoding = false
  #inferring = 0
  readonly #decodes: (() => void)[] = []
  #inferences: (() => void)[] = []

  /** Decodes that wait. */
  get waiting(): number {
    return this.#decodes.length
  }

  async decode<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#decoding && this.#inferring === 0) this.#decoding = true
    else await this.#wait(this.#decodes, () => (this.#decoding = true))
    try {
      return await work()
    } finally {
      // Not before what was decoded has asked for the model: it comes next.
      setImmediate(() => {
        this.#decoding = false
        if (this.#inferences.length > 0) this.#startInferences()
        else this.#startDecode()
      })
    }
  }

  async infer<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#decoding && this.#decodes.length === 0) this.#inferring += 1
    else await this.#wait(this.#inferences, () => (this.#inferring += 1))
    try {
      return await work()
    } finally {
      this.#inferring -= 1
      // Inferences that wait do so behind a decode.
      if (this.#inferring === 0) this.#startDecode()
    }
  }

  /** Until it is called; `begin` is done at once then, before anything else can begin. */
  #wait(queue: (() => void)[], begin: () => void): Promise<void> {
    return new Promise((resolve) => {
      queue.push(() => {
        begin()
        resolve()
      })
    })
  }

  #startDecode(): void {
    this.#decodes.shift()?.()
  }

  #startInferences(): void {
    const starts = this.#inferences
    this.#inferences = []
    for (const start of starts) start()
  }
}
