import { LRUCache } from 'lru-cache'
import { mapTensors } from '../ml/batch.ts'
import type { Tensors } from '../transforms/types.ts'

/** What an object of JavaScript, a key and a place in a list cost, about. */
const OVERHEAD_BYTES = 512

/** The model's raw outputs by key (key.ts), the least recently used dropped first. Both sides own what they get: it is copied. */
export class PredictionCache {
  hits = 0
  misses = 0
  readonly #outputs: LRUCache<string, Tensors>

  constructor(limits: { readonly bytes: number; readonly ttlMs: number }) {
    this.#outputs = new LRUCache({ maxSize: limits.bytes, ttl: limits.ttlMs, sizeCalculation: sizeOf })
  }

  get entries(): number {
    return this.#outputs.size
  }

  get bytes(): number {
    return this.#outputs.calculatedSize
  }

  get(key: string): Tensors | null {
    const outputs = this.#outputs.get(key)
    if (outputs === undefined) {
      this.misses += 1
      return null
    }
    this.hits += 1
    return copy(outputs)
  }

  /** Copied, as outputs are views of what a whole batch was answered: one row would keep all others in memory. */
  set(key: string, outputs: Tensors): void {
    this.#outputs.set(key, copy(outputs))
  }
}

function copy(tensors: Tensors): Tensors {
  return mapTensors(tensors, (tensor) => ({ ...tensor, data: tensor.data.slice() }))
}

function sizeOf(tensors: Tensors): number {
  return Object.values(tensors).reduce((sum, { data }) => {
    const bytes = ArrayBuffer.isView(data)
      ? data.byteLength
      : data.reduce((length, text) => length + 2 * text.length, 0)
    return sum + bytes
  }, OVERHEAD_BYTES)
}
