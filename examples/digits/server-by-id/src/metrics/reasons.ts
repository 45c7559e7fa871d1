import { CallerGone, DeadlineExceeded, QueueFull, ThreadDied, Unavailable } from '../ml/errors.ts'

/** Why a request got no 2xx; the values of the label `reason`. */
export const REASONS = [
  /** 503, as too many wait. */
  'queue_full',
  /** 504, not in the time that it had. */
  'deadline',
  /** Nobody waited any more. */
  'caller_gone',
  /** 503, and not for the first time: each is tried twice. */
  'thread_died',
  /** 503 for another reason, such as before the warm-up. */
  'unavailable',
  /** 401 and 403 */
  'unauthorized',
  /** 429 */
  'rate_limited',
  /** 413 */
  'too_large',
  /** 404 and 405 */
  'not_found',
  /** Any other 4xx: it does not fit the model, or is not JSON. */
  'invalid',
  /** Any other 5xx: ours to repair, and in the log. */
  'error',
] as const

export type Reason = (typeof REASONS)[number]

const CLASSES = [
  [QueueFull, 'queue_full'],
  [ThreadDied, 'thread_died'],
  [Unavailable, 'unavailable'],
  [DeadlineExceeded, 'deadline'],
  [CallerGone, 'caller_gone'],
] as const

const STATUSES: Readonly<Record<number, Reason>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not_found',
  405: 'not_found',
  413: 'too_large',
  429: 'rate_limited',
  503: 'unavailable',
}

/** What an error, as Fastify has it, is counted as. */
export function reasonOf(error: Error & { readonly statusCode?: number; readonly validation?: unknown }): Reason {
  const known = CLASSES.find(([kind]) => error instanceof kind)
  if (known) return known[1]
  const status = error.statusCode ?? (error.validation ? 422 : 500)
  return STATUSES[status] ?? (status < 500 ? 'invalid' : 'error')
}
