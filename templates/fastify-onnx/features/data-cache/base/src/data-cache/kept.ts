import { ModelError } from '../ml/errors.ts'
import { assertFit } from '../ml/fit.ts'
import { FEATURES } from '../ml/model.ts'
import type { Pipeline } from '../ml/pipeline.ts'
import { rowSpecs } from '../transforms/rows.ts'
import type { Contract, Tensor, TensorSpec, Tensors } from '../transforms/types.ts'
import type { Value } from './value.ts'
import type { CacheVars } from './vars.ts'

/** What is kept at a level: the names, dtypes and shapes of the tensors, in their order; null: no tensors, but the source's bytes. */
export class Kept {
  readonly level: CacheVars['level']
  readonly #specs: readonly TensorSpec[]
  readonly #inputs: readonly TensorSpec[]

  constructor(level: CacheVars['level'], { inputs, encoder, rows }: Contract) {
    this.level = level
    const free = (specs: readonly TensorSpec[]) => (rows ? rowSpecs(specs) : specs)
    this.#inputs = free(inputs)
    this.#specs = level === 'features' && encoder ? free([{ ...encoder.features, name: FEATURES }]) : this.#inputs
  }

  /** Of what preprocess gave. The encoder runs in the same batches as requests. Throws ModelError, and what `infer` throws. */
  async make(prepared: Tensors, infer: Pipeline['infer']): Promise<Value> {
    assertFit(prepared, this.#inputs)
    const tensors = this.level === 'features' ? await infer(prepared, [FEATURES]) : prepared
    const inOrder = this.#specs.map(({ name }) => {
      const tensor = tensors[name]
      if (tensor === undefined) throw new ModelError(`there is no "${name}" to be kept`)
      return tensor
    })
    return { kind: 'tensors', tensors: this.level === 'features' ? inOrder.map(ownMemory) : inOrder }
  }

  /** Whether it is something that the model can be given: what was kept elsewhere, anybody may have written. */
  accepts(value: Value): boolean {
    if (value.kind === 'missing') return true
    if (value.kind === 'file' || this.level === 'input') return value.kind === 'file' && this.level === 'input'
    if (value.tensors.length !== this.#specs.length) return false
    try {
      assertFit(this.name(value.tensors), this.#specs)
      return true
    } catch {
      return false
    }
  }

  /** As the model takes them. */
  name(tensors: readonly Tensor[]): Tensors {
    return Object.fromEntries(tensors.map((tensor, index) => [this.#specs[index]?.name, tensor]))
  }
}

/** A copy: outputs are views of what a whole batch was answered, and one row would keep all others in memory. */
function ownMemory(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() }
}
