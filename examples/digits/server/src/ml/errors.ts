import { InvalidInput } from '../transforms/errors.ts'

/** The model file cannot be served: missing, corrupt, or not the one that contract.ts describes. Stops the start. */
export class ModelFileError extends Error {}

/** The model, preprocess or postprocess broke the contract: ours to repair, answered as 500. */
export class ModelError extends Error {
  readonly statusCode = 500
}

/** The sample that people gave does not run: stops the start. */
export class SampleError extends Error {}

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
