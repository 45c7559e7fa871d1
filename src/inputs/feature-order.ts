import { CreateError } from '../errors.ts'

/** What an order is made of. */
interface Ordered {
  readonly name: string
  /** Names of those that it comes after. */
  readonly after: readonly string[]
}

/**
 * Each after those that it names, and else by name, so that the order is the same everywhere.
 * @throws CreateError `invalid` when two wait for each other, or one for a feature that there is not.
 */
export function sortFeatures<F extends Ordered>(features: readonly F[]): readonly F[] {
  const sorted: F[] = []
  const waiting = features.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, after } of waiting) {
    const unknown = after.find((other) => !features.some((feature) => feature.name === other))
    if (unknown)
      throw new CreateError('invalid', `The template's feature ${name} comes after ${unknown}, which is not there`)
  }
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ after }) =>
      after.every((name) => sorted.some((feature) => feature.name === name)),
    )
    if (next < 0) {
      const names = waiting.map(({ name }) => name).join(', ')
      throw new CreateError('invalid', `The template's features wait for each other: ${names}`)
    }
    sorted.push(...waiting.splice(next, 1))
  }
  return sorted
}
