import { isTensor } from '../transforms/encode.ts'
import { bestColumns, NO_COLUMN } from '../transforms/labels.ts'
import type { Contract, Prediction } from '../transforms/types.ts'

/** Series of one metric; Prometheus keeps each of them for weeks. */
const MAX_SERIES = 256
/** What is counted together beyond that. */
const OTHERS = '(other)'

/**
 * How often each class was the best, whichever route asked. Up to 256 classes: all of them, from 0 on. More: the first 256
 * that are predicted, and the rest together as "(other)".
 */
export class PredictedClasses {
  readonly #contract: Contract
  readonly #counts = new Map<string, number>()

  constructor(contract: Contract) {
    this.#contract = contract
    const labels = contract.labels ?? []
    if (labels.length <= MAX_SERIES) for (const label of labels) this.#counts.set(label, 0)
  }

  /** A prediction that is no scores, as the team's postprocess may give, is not counted; nor are rows of NaN. */
  count(prediction: Prediction): void {
    if (!isTensor(prediction) || prediction.dtype === 'string') return
    for (const column of bestColumns(prediction, this.#contract)) if (column !== NO_COLUMN) this.#add(column)
  }

  entries(): Iterable<readonly [label: string, count: number]> {
    return this.#counts
  }

  #add(column: number): void {
    const name = this.#contract.labels?.[column] ?? String(column)
    const label = this.#counts.has(name) || this.#counts.size < MAX_SERIES ? name : OTHERS
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1)
  }
}
