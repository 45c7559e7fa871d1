import { CreateError } from '../errors.ts'
import type { Segment } from '../onnx/facts.ts'
import { readSegments } from '../onnx/segments.ts'
import type { RenderedFile } from '../render/rendered-file.ts'
import { type Chunks, writeDurably } from './durable.ts'

/**
 * Writes a rendered file to `destination`, which must not exist; a model is streamed, never held whole.
 * Returns the SHA-256 of its bytes in hex. Throws `runtime` when a model is no longer the one that was read before.
 */
export async function writeContent(
  { path, content, mode, sha256 }: RenderedFile,
  destination: string,
): Promise<string> {
  if (content.kind === 'bytes') return writeDurably(destination, [content.bytes], mode)
  const written = await writeDurably(destination, readSource(path, content.segments), mode)
  if (written !== sha256) throw sourceChanged(path)
  return written
}

async function* readSource(path: string, segments: readonly Segment[]): Chunks {
  try {
    yield* readSegments(segments)
  } catch (error) {
    throw sourceChanged(path, error)
  }
}

function sourceChanged(path: string, cause?: unknown): CreateError {
  const hint = 'Run the command again when nothing else writes to the model.'
  return new CreateError('runtime', `the source of ${path} changed while it was copied`, { hint, cause })
}
