import type { Bytes } from './hash.ts'

/** The parts of a body as they arrive. Throws when the connection breaks. */
export async function* readParts({ body }: Response): AsyncGenerator<Bytes> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield own(part.value)
  } finally {
    await reader.cancel().catch(() => undefined) // of a connection that broke: there is nothing left to end
  }
}

/** A whole small body; null when it is longer than `most`. */
export async function readSmall(response: Response, most: number): Promise<Bytes | null> {
  const parts: Bytes[] = []
  let length = 0
  for await (const part of readParts(response)) {
    parts.push(part)
    length += part.length
    if (length > most) return null
  }
  return join(parts)
}

export function join(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Streams may lend their memory, or share it; what is stored is a copy then. */
function own(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : new Uint8Array(bytes)
}
