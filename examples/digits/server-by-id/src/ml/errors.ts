import { InvalidInput } from '../transforms/errors.ts'

/** The model file cannot be served: missing, corrupt, or not the one that contract.ts describes. Stops the start. */
export class ModelFileError extends Error {}

/** The model, preprocess or postprocess broke the contract: ours to repair, answered as 500. */
export class ModelError extends Error {
  readonly statusCode = 500
}

/** The sample that people gave does not run: stops the start. */
export class SampleError extends Error {}

/** Not now: answered as 503 with Retry-After. */
export class Unavailable extends Error {
  readonly statusCode = 503
  /** In whole seconds, at least 1. */
  readonly retryAfter: number

  constructor(message: string, waitMs = 0) {
    super(message)
    this.retryAfter = Math.max(1, Math.ceil(waitMs / 1000))
  }
}

/** The queue holds all that it may. */
export class QueueFull extends Unavailable {}

/** An inference thread ended while it ran this: the run can be tried once more. */
export class ThreadDied extends Unavailable {}

/** The data that a request names cannot be used: of several, the others still can. */
export class DataError extends Error {
  readonly statusCode: 404 | 422 | 502 | 504
  /** In whole seconds: when it is worth to ask again. */
  readonly retryAfter?: number

  constructor(statusCode: DataError['statusCode'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.statusCode = statusCode
  }
}

/** Not in the time that the request had: answered as 504. */
export class DeadlineExceeded extends Error {
  readonly statusCode = 504
}

/** The caller hung up before its turn came: nobody reads the answer. */
export class CallerGone extends Error {
  /** nginx's "client closed request", seen in logs and metrics only. */
  readonly statusCode = 499
}

/**
 * What a failed run means. The sample ran when the server started, so an input that does not is the caller's: an index out of
 * range, a size that does not go with another. Memory is ours.
 */
export function explainFailedRun(cause: unknown): InvalidInput | ModelError {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (/bad_?alloc|allocat|out of memory/i.test(message)) return new ModelError(message, { cause })
  const reason = readableReason(message)
  return new InvalidInput({ pointer: '/data', detail: `the model cannot run on this input: ${reason}` })
}

/** onnxruntime wraps the reason of a failing operator in the file and function of its own source. */
function readableReason(message: string): string {
  return message.replace(/^.*Status Message: /s, '').replace(/^\S*\.(cc|h):\d+ .*?\)\s*/s, '')
}
