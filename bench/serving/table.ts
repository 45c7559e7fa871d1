import { median } from './statistics.ts'

export type Goal = { readonly atLeast: number } | { readonly atMost: number }

/** Something that was measured once per round. */
export interface Measure {
  readonly what: string
  readonly values: readonly number[]
  readonly digits: number
  readonly goal?: Goal
}

/** Measures as a Markdown table: median, smallest and largest, goal, and whether the median meets it. */
export function measureTable(measures: readonly Measure[]): string {
  const rows = measures.map(({ what, values, digits, goal }) => {
    const middle = median(values)
    const cells = [what, middle.toFixed(digits), spread(values, digits)]
    return goal ? [...cells, showGoal(goal), isMet(goal, middle) ? 'yes' : '**no**'] : [...cells, '', '']
  })
  return table(['', 'median', 'spread', 'goal', 'met'], rows)
}

/** The smallest and the largest value. */
export function spread(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`
}

/** A Markdown table whose first column is text and all others numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = `|---|${head
    .slice(1)
    .map(() => '---:|')
    .join('')}`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

function showGoal(goal: Goal): string {
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`
}

function isMet(goal: Goal, value: number): boolean {
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost
}
