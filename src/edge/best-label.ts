import type { Answer } from './answer.ts'

/** Whether two answers to one request have the same best label, for each row; null where the first one has no labels. */
export function compareBest({ top }: Pick<Answer, 'top'>, other: Pick<Answer, 'top'>): boolean[] | null {
  return top?.map(([best], row) => best?.index === other.top?.[row]?.[0]?.index) ?? null
}
