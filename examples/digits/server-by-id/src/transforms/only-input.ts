import type { Contract } from './types.ts'

/** The name of a model's only input. Throws where it has none, or several. */
export function onlyInput({ inputs }: Pick<Contract, 'inputs'>): string {
  const [first] = inputs
  if (first === undefined || inputs.length > 1) throw new Error(`the model has ${inputs.length} inputs, not one`)
  return first.name
}
