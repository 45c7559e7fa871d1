import { randomUUID } from 'node:crypto'

/** The caller's id of a request (x-request-id), when it can stand in a header and in a log line; else a new one. */
export function requestId(given: unknown): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}
