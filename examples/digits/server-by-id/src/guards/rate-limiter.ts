import { ConfigError } from '../config.ts'

export interface Rate {
  /** Requests per window. */
  readonly max: number
  readonly windowMs: number
}

export interface Count {
  /** Requests of this window, with the one that is counted. */
  readonly current: number
  /** Until the window ends, in milliseconds. */
  readonly ttl: number
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Callers that are counted at a time, about 10 MB: whoever comes from more addresses than that is not held up by counting. */
const MAX_CALLERS = 65_536

/** `100/1m`: requests per time. Throws ConfigError. */
export function parseRate(text: string): Rate {
  const [, max, count, unit] = /^([1-9]\d{0,8})\/([1-9]\d{0,3})?([smhd])$/.exec(text) ?? []
  if (max === undefined || unit === undefined)
    throw new ConfigError(
      `RATE_LIMIT: "${text}" is not requests per time, such as 100/1m, 10/s or 5000/12h (s, m, h, d)`,
    )
  return { max: Number(max), windowMs: Number(count ?? 1) * (UNITS_MS[unit] ?? 0) }
}

/** Counts requests of each caller, in windows that begin with its first request. One for all doors of a process. */
export class RateLimiter {
  readonly rate: Rate
  /** In the order in which they end, as all are equally long. */
  readonly #windows = new Map<string, { current: number; endsAt: number }>()

  constructor(rate: Rate) {
    this.rate = rate
  }

  count(caller: string): Count {
    const now = performance.now()
    const open = this.#windows.get(caller)
    if (open !== undefined && now < open.endsAt) {
      open.current += 1
      return { current: open.current, ttl: open.endsAt - now }
    }
    this.#windows.delete(caller)
    if (this.#windows.size >= MAX_CALLERS) this.#dropFirst()
    this.#windows.set(caller, { current: 1, endsAt: now + this.rate.windowMs })
    return { current: 1, ttl: this.rate.windowMs }
  }

  #dropFirst(): void {
    const [first] = this.#windows.keys()
    if (first !== undefined) this.#windows.delete(first)
  }
}
