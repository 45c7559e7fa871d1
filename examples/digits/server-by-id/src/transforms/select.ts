import type { Tensor, Tensors } from './types.ts'

/** The output of that name; null: all of them. Throws when the model has no such output. */
export function select(outputs: Tensors, name: string): Tensor
export function select(outputs: Tensors, name: string | null): Tensor | Tensors
export function select(outputs: Tensors, name: string | null): Tensor | Tensors {
  if (name === null) return outputs
  const output = outputs[name]
  if (output === undefined) {
    throw new Error(`no output "${name}": the model answered ${Object.keys(outputs).join(', ')}`)
  }
  return output
}
