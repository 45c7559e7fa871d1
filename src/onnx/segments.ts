import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Segment } from './facts.ts'

const CHUNK_BYTES = 1024 * 1024

/** Replace the bytes [start, end) of a file by others. */
export interface Edit {
  start: number
  end: number
  bytes: Uint8Array
}

/** The file with the edits applied, as ranges and literals: what no edit covers is never copied or encoded again. */
export function spliceFile(path: string, size: number, edits: readonly Edit[]): Segment[] {
  const segments: Segment[] = []
  const keep = (start: number, end: number) => {
    if (end > start) segments.push({ kind: 'file', path, start, end })
  }
  let position = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    keep(position, edit.start)
    if (edit.bytes.length > 0) segments.push({ kind: 'bytes', bytes: edit.bytes })
    position = edit.end
  }
  keep(position, size)
  return segments
}

/**
 * The bytes of the segments, in order, in chunks of at most 1 MiB. A chunk is valid until the next one is asked for:
 * all chunks of a file share one buffer. Throws a plain error when a file became shorter than its segment.
 */
export async function* readSegments(content: readonly Segment[]): AsyncGenerator<Uint8Array> {
  for (const segment of content) {
    if (segment.kind === 'file') yield* readRange(segment.path, segment.start, segment.end)
    else {
      for (let start = 0; start < segment.bytes.length; start += CHUNK_BYTES) {
        yield segment.bytes.subarray(start, start + CHUNK_BYTES)
      }
    }
  }
}

/** Size and SHA-256 (hex) of the segments' bytes, streamed. */
export async function hashSegments(content: readonly Segment[]): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of readSegments(content)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}

async function* readRange(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, end - start))
    for (let position = start; position < end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position)
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
      yield buffer.subarray(0, bytesRead)
      position += bytesRead
    }
  } finally {
    await file.close()
  }
}
