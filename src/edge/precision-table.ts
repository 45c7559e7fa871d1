import type { Precision } from '../words.ts'

/** An agreement of fewer rows is no share. */
export const FEW_ROWS = 10

/** A model in one precision, measured beside the original. */
export interface PrecisionRow {
  readonly precision: Precision
  readonly bytes: number
  readonly gzip: number
  /** The largest of any output for a sample, against the original; null where outputs are no numbers. */
  readonly maxError: number | null
  /** Rows of samples on which it agrees with the original, as a part of all. */
  readonly agreement: number
  /** Of a run, as a multiple of the original's. */
  readonly latency: number
  /** The agreement is what was asked for. */
  readonly passes: boolean
}

/** What was measured, what it means to agree, and on how much. */
export interface PrecisionTable {
  /** `the same best label`, `within 1 %`. */
  readonly measure: string
  readonly rows: number
  readonly minAgreement: number
  readonly precisions: readonly PrecisionRow[]
  /** Precisions that do not make the model smaller, with the reason. */
  readonly nothingToGain: readonly { readonly precision: Precision; readonly reason: string }[]
}

/** As Markdown: before and after, in bytes as they lie on a device and as they are sent there. */
export function printPrecisionTable({
  measure,
  rows,
  minAgreement,
  precisions,
  nothingToGain,
}: PrecisionTable): string {
  const before = precisions[0]
  const lines = precisions.map((one) => {
    const part = before ? showPercent(one.bytes / before.bytes) : ''
    const agreement = `${showPercent(one.agreement)}${one.passes ? '' : ': refused'}`
    const cells = [one.precision, one.bytes, part, one.gzip, showError(one.maxError), agreement, one.latency.toFixed(2)]
    return `| ${cells.join(' | ')} |`
  })
  const table = [
    '| precision | bytes | of fp32 | gzip | largest error | agreement | time of fp32 |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n')
  const notes = nothingToGain.map(({ precision, reason }) => `- ${precision} gains nothing: ${reason}.`)
  const rule = `Agreement: ${measure} as fp32, of ${count(rows, 'row')} of samples; at least ${showPercent(minAgreement)} is asked for.`
  return [table, rule, ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n')
}

/** `19.1 kB, gzip 17.7 kB, agrees on 100 %, largest error 0.00153, 1.01 of the time` */
export function describePrecision({ bytes, gzip, agreement, maxError, latency }: PrecisionRow): string {
  const size = `${showSize(bytes)}, gzip ${showSize(gzip)}`
  return `${size}, agrees on ${showPercent(agreement)}, largest error ${showError(maxError)}, ${latency.toFixed(2)} of the time`
}

export function showPercent(part: number): string {
  // Rounded down, so that what is not all of it does not look so.
  return `${Math.floor(part * 1000) / 10} %`
}

/** Three digits that count; a scale that people read. */
export function showError(error: number | null): string {
  if (error === null) return 'none'
  return Number.isFinite(error) ? String(Number(error.toPrecision(3))) : 'no number'
}

/** `19.1 kB` */
export function showSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 3)
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${['', 'kB', 'MB', 'GB'][power]}`
}

function count(size: number, what: string): string {
  return `${size} ${what}${size === 1 ? '' : 's'}`
}
