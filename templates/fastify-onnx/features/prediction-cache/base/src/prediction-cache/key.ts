import { createHash } from 'node:crypto'
import type { Tensors } from '../transforms/types.ts'

/**
 * SHA-256 of all that decides what the model answers: itself, the tensors with their names, types and shapes, and which outputs
 * are wanted. Lengths stand in front of what varies, so that no two requests are written alike.
 */
export function keyOf(modelHash: string, tensors: Tensors, outputs: readonly string[]): string {
  const entries = Object.entries(tensors)
  const head = [modelHash, outputs, entries.map(([name, { dtype, shape }]) => [name, dtype, shape])]
  const hash = createHash('sha256').update(JSON.stringify(head))
  for (const [, { data }] of entries) {
    if (ArrayBuffer.isView(data)) hash.update(data)
    else hash.update(JSON.stringify(data))
  }
  return hash.digest('base64')
}
