import { table } from '../serving/table.ts'

/** One promise, and what came of it. */
export interface Check {
  readonly what: string
  readonly found: string
  readonly promise: string
  readonly kept: boolean
}

/** `found` is to be exactly `wanted`. */
export function exactly(what: string, found: number | string | null, wanted: number | string): Check {
  return { what, found: String(found), promise: String(wanted), kept: found === wanted }
}

export function atMost(what: string, found: number, limit: number, unit = ''): Check {
  return { what, found: show(found, unit), promise: `≤ ${show(limit, unit)}`, kept: found <= limit }
}

export function atLeast(what: string, found: number, limit: number, unit = ''): Check {
  return { what, found: show(found, unit), promise: `≥ ${show(limit, unit)}`, kept: found >= limit }
}

/** What was seen, and promises nothing. */
export function seen(what: string, found: number, unit = ''): Check {
  return { what, found: show(found, unit), promise: '', kept: true }
}

/** As a Markdown table. */
export function checkTable(checks: readonly Check[]): string {
  const rows = checks.map(({ what, found, promise, kept }) => [
    what,
    found,
    promise,
    promise === '' ? '' : kept ? 'yes' : '**no**',
  ])
  return table(['', 'found', 'promise', 'kept'], rows)
}

function show(value: number, unit: string): string {
  const digits = Number.isInteger(value) ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0
  return `${value.toFixed(digits)}${unit && ` ${unit}`}`
}
