import type { Partial } from './store.ts'

/** The headers that ask for what is missing; none asks for the whole. */
export function resumeHeaders({ received, etag }: Partial): Record<string, string> {
  if (received === 0) return {}
  const range = { range: `bytes=${received}-` }
  return etag === null || etag.startsWith('W/') ? range : { ...range, 'if-range': etag }
}

/** What an answer is good for. */
export type Use =
  /** Its body goes on where the partial download ends. */
  | 'append'
  /** Its body is the whole. */
  | 'whole'
  /** It is of no use, and so is what is there: ask for the whole. */
  | 'restart'
  /** Ask again, later. */
  | 'retry'
  /** Asking again is of no use now. */
  | 'unreachable'

const PASSING = [408, 425, 429]

/** `size` is what the model must have, `received` what is there of it. */
export function useOf({ status, headers }: Response, received: number, size: number): Use {
  if (status === 200) return 'whole'
  if (status === 206) return received > 0 && continues(headers, received, size) ? 'append' : 'restart'
  if (status === 416) return 'restart'
  return status >= 500 || PASSING.includes(status) ? 'retry' : 'unreachable'
}

function continues(headers: Headers, received: number, size: number): boolean {
  const encoding = headers.get('content-encoding') ?? 'identity'
  const ranges = [size, '*'].map((total) => `bytes ${received}-${size - 1}/${total}`)
  return encoding === 'identity' && ranges.includes(headers.get('content-range') ?? '')
}

const LONGEST_WAIT_S = 60

/** How long to wait before the next attempt, in ms; `failed`: how many in a row brought nothing. */
export function pauseBefore(failed: number, retryAfter: string | null): number {
  const asked = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0
  return Math.max(failed, Math.min(asked, LONGEST_WAIT_S)) * 1000
}
