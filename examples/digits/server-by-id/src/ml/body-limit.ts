import { sampleData } from '../transforms/sample.ts'
import type { Contract, Json } from '../transforms/types.ts'

const MIB = 2 ** 20
/** Of a float64 as JSON, with its comma: -1.2345678901234567e-300, */
const BYTES_PER_NUMBER = 25
/** A request may hold this many samples, ... */
const SAMPLES = 16
/** ... unless that is beyond this: one process must not hold gigabytes of JSON. One sample always fits. */
const MAX = 64 * MIB

/** Bytes of JSON that a request's body may have, told from the size of the sample; at least 1 MiB. */
export function bodyLimit(contract: Contract): number {
  const sample = sampleData(contract)
  const one = Math.max(JSON.stringify(sample).length, countNumbers(sample) * BYTES_PER_NUMBER)
  return Math.max(MIB, Math.min(one * SAMPLES, MAX), 2 * one)
}

function countNumbers(data: Json): number {
  if (typeof data !== 'object' || data === null) return 1
  return Object.values(data).reduce<number>((count, each) => count + countNumbers(each), 0)
}
