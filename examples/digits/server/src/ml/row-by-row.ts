import { InvalidInput } from '../transforms/errors.ts'
import { concatRows, countRows, sliceRows } from '../transforms/rows.ts'
import type { Tensor, Tensors } from '../transforms/types.ts'
import type { Engine } from './engine.ts'

/** For a model that takes exactly one row (its leading size is 1): N rows run one after the other, and their outputs are joined. */
export function rowByRow(engine: Engine): Engine {
  return {
    ...engine,
    async infer(tensors, outputs, signal) {
      const count = countRows(tensors)
      if (count === 1) return engine.infer(tensors, outputs, signal)
      const results: Tensors[] = []
      for (let row = 0; row < count; row += 1) {
        signal?.throwIfAborted()
        results.push(await engine.infer(sliceAll(tensors, row), outputs, signal))
      }
      return Object.fromEntries(outputs.map((name) => [name, joinRows(name, results)]))
    },
  }
}

function sliceAll(tensors: Tensors, row: number): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, sliceRows(tensor, row, row + 1)]))
}

function joinRows(name: string, results: readonly Tensors[]): Tensor {
  const [first, ...others] = results.flatMap((outputs) => outputs[name] ?? [])
  if (first === undefined) throw new Error(`no rows of "${name}"`)
  if (others.some((other) => other.shape.join() !== first.shape.join())) {
    const detail = `the rows give "${name}" in different shapes: send them one at a time`
    throw new InvalidInput({ pointer: '/data', detail })
  }
  return concatRows([first, ...others])
}
