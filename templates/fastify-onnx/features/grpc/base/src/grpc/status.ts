import { Metadata, type StatusObject, status } from '@grpc/grpc-js'
import type { FastifyBaseLogger } from 'fastify'
import { Refusal } from '../guards/refusal.ts'
import { type Reason, reasonOf } from '../metrics/reasons.ts'
import { Unavailable } from '../ml/errors.ts'
import { InvalidInput } from '../transforms/errors.ts'
import { describeFaults } from '../v2/faults.ts'

/**
 * Characters of an explanation. It goes in a header, each character in up to nine bytes: callers read some 8 KiB of headers, and
 * one beyond 64 KiB is not sent at all, nor is the answer then.
 */
const MAX_DETAILS = 800

/** What gRPC calls the statuses of HTTP that errors have where they are defined. */
const CODES: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  408: status.DEADLINE_EXCEEDED,
  413: status.RESOURCE_EXHAUSTED,
  422: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  499: status.CANCELLED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
}

export interface FailedRpc {
  readonly id: string
  readonly path: string
}

/** The status that says what went wrong; counts it, and logs what is ours. */
export type Explain = (error: unknown, rpc: FailedRpc) => StatusObject

export function makeExplain(log: FastifyBaseLogger, reject: (reason: Reason) => void): Explain {
  return (thrown, { id, path }) => {
    const error: Error & { statusCode?: number } = thrown instanceof Error ? thrown : new Error(String(thrown))
    reject(reasonOf(error))
    const code = CODES[error.statusCode ?? 500] ?? status.INTERNAL
    if (code === status.INTERNAL) log.error({ err: error, request_id: id, path }, 'request failed')
    return { code, details: fitHeader(detailsOf(error, code)), metadata: metadataOf(error, id) }
  }
}

/** The words that HTTP has, too; of what is ours, nothing of the inside. */
function detailsOf(error: Error, code: status): string {
  if (error instanceof InvalidInput) return describeFaults(error.faults)
  if (code !== status.INTERNAL) return error.message
  return 'The server could not answer; its log has the reason under this x-request-id.'
}

/** Half a character, which the callers' words may be cut to, would throw in grpc-js. */
function fitHeader(details: string): string {
  const short = details.length > MAX_DETAILS ? `${details.slice(0, MAX_DETAILS)}...` : details
  return short.replace(/\p{Surrogate}/gu, '\ufffd')
}

function metadataOf(error: Error, id: string): Metadata {
  const metadata = new Metadata()
  metadata.set('x-request-id', id)
  if (error instanceof Unavailable) {
    metadata.set('retry-after', String(error.retryAfter))
    // What the retries of gRPC clients go by (gRFC A6).
    metadata.set('grpc-retry-pushback-ms', String(error.retryAfter * 1000))
  }
  if (error instanceof Refusal) {
    for (const [name, value] of Object.entries(error.headers)) metadata.set(name, value)
  }
  return metadata
}
