import type { Tensors } from '../transforms/types.ts'

/** What decode gives where nothing is left to preprocess, and nothing to check, as with tensors out of a cache. */
export class Prepared {
  readonly tensors: Tensors

  constructor(tensors: Tensors) {
    this.tensors = tensors
  }
}
