import type { Segment } from '../onnx/facts.ts'
import type { Owner } from '../words.ts'

/** Bytes in memory, or a stream of segments (models are never held whole). */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'segments'; readonly segments: readonly Segment[] }

/** One file of the server as it shall be. `path` is relative to the target, with forward slashes. */
export interface RenderedFile {
  readonly path: string
  readonly owner: Owner
  readonly mode: number
  /** What it was made from, for the lock: `base/src/app.ts`, `files/Dockerfile.njk`, `model`. */
  readonly from: string
  /** Hex. Text is hashed with CRLF as LF. */
  readonly sha256: string
  readonly content: Content
}
