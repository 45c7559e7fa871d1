/** What is asked of the network. */
export interface Ask {
  readonly headers?: Record<string, string>
  readonly signal: AbortSignal
  /** Whether the browser's own cache asks the server first, or is left out. */
  readonly cache: 'no-cache' | 'no-store'
}

/** What the outside world is to an update: replaced where there is no browser. */
export interface Tools {
  fetch(url: string, ask: Ask): Promise<Response>
  now(): Date
  wait(ms: number): Promise<void>
}

export const browserTools: Tools = {
  fetch: (url, ask) => fetch(url, ask),
  now: () => new Date(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/** A connection on which nothing arrives for so long is given up. */
const SILENCE_MS = 30_000

/** Ends what it is the signal of when `heard` is not called for 30 seconds. */
export class Silence {
  readonly #controller = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    this.heard()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#controller.abort(), SILENCE_MS)
  }

  /** Nothing more is to be heard: the connection is closed if it is open still. */
  end(): void {
    clearTimeout(this.#timer)
    this.#controller.abort()
  }
}
