import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { toCodeSpan } from '../literals.ts'
import { EDGE_TARGETS, type EdgeTarget, FORMATS, type Format, PRECISIONS, type Precision } from '../words.ts'
import type { Stages } from './answer.ts'
import type { Agreement } from './gate.ts'
import type { Difference, Parity } from './parity.ts'
import { type PrecisionTable, printPrecisionTable } from './precision-table.ts'
import type { BuiltServer, EdgeModel } from './target.ts'

/** A model file and what it weighs on its way to a device. */
export interface Weight {
  readonly file: string
  readonly sha256: string
  readonly precision: Precision
  readonly format: Format
  readonly bytes: number
  readonly gzip: number
}

/** report.json: what was exported, and how far it is from the server. */
export interface Report {
  readonly schema: 1
  readonly name: string
  readonly target: EdgeTarget
  readonly source: Weight
  readonly model: Weight
  readonly parity: Parity & { readonly minAgreement: number }
  /** On samples, by the rule of the task: what has to reach minAgreement. */
  readonly agreement: Agreement
  /** Every precision beside the others; null where fp32 was asked for. */
  readonly precisions: PrecisionTable | null
  /** Milliseconds, where this was exported: one request, one thread, the server's own onnxruntime. */
  readonly ms: Stages
}

export function weigh({ file, sha256, precision, format, bytes }: EdgeModel): Weight {
  return { file, sha256, precision, format, bytes: bytes.length, gzip: gzipSync(bytes).length }
}

/** Report as JSON; numbers that JSON does not have are strings, as in the server's answers. */
export function printReport(report: Report): string {
  const safe = (_key: string, value: unknown) => {
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  }
  return `${JSON.stringify(report, safe, 2)}\n`
}

const earlier = z.object({
  target: z.enum(EDGE_TARGETS),
  model: z.object({ sha256: z.string(), precision: z.enum(PRECISIONS), format: z.enum(FORMATS) }),
  ms: z.object({ decode: z.number(), preprocess: z.number(), inference: z.number(), postprocess: z.number() }),
  precisions: z
    .object({ precisions: z.array(z.object({ precision: z.enum(PRECISIONS), latency: z.number() })) })
    .nullable(),
})

/**
 * A report with the times of an earlier one of the same model: exporting again what has not changed gives the same bytes.
 * `text` is the earlier one as it is on disk; null, or not a report: the times are kept as they are.
 */
export function keepTimes(report: Report, text: string | null): Report {
  const before = earlier.safeParse(parseJson(text))
  if (!before.success || before.data.model.sha256 !== report.model.sha256) return report
  const { ms, precisions } = before.data
  const latencies = new Map(precisions?.precisions.map(({ precision, latency }) => [precision, latency]))
  return { ...report, ms, precisions: report.precisions && withLatencies(report.precisions, latencies) }
}

function withLatencies(table: PrecisionTable, latencies: ReadonlyMap<Precision, number>): PrecisionTable {
  const precisions = table.precisions.map((row) => ({ ...row, latency: latencies.get(row.precision) ?? row.latency }))
  return { ...table, precisions }
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null // not a report
  }
}

/** report.md. */
export function describeReport(report: Report, { config }: BuiltServer): string {
  const { name, target, source, model, parity, precisions, ms } = report
  const total = Object.values(ms).reduce((sum, value) => sum + value, 0)
  const stages = Object.entries(ms).map(([stage, value]) => `| ${stage} | ${value} |`)
  const made = model.sha256 === source.sha256 ? 'the same file' : `${percent(model.bytes / source.bytes)} of it`
  return `# ${toCodeSpan(name)} on ${target}

Made by \`create-inference-server edge export\` from the server's own model, code and runtime (onnxruntime-node ${config.runtime.onnxruntime}). The same as
data: \`report.json\`. What each request must give, bit by bit: \`golden.json\`.

## Size

| model | precision | format | bytes | gzip | SHA-256 |
|---|---|---|---:|---:|---|
${describeWeight('on the server', source)}
${describeWeight('exported', model)}

The exported model is ${made}.
${describePrecisions(precisions)}
## Parity

${describeParity(report)}

| request | | largest error | same label |
|---|---|---:|---:|
${parity.vectors.map(describeDifference).join('\n')}

\`made\` are edge cases made from the sample; they count for the error, not for the agreement.

## Time

One request, one thread, on the machine that exported it; a device has its own times.

| stage | ms |
|---|---:|
${stages.join('\n')}
| all | ${Number(total.toPrecision(3))} |
`
}

/** Of report.md, which it lies beside. */
export const PLOT = 'precision.svg'

function describePrecisions(table: PrecisionTable | null): string {
  if (table === null) return ''
  return `
## Precision

![Size and agreement in each precision](${PLOT})

${printPrecisionTable(table)}
`
}

function describeWeight(what: string, { file, precision, format, bytes, gzip, sha256 }: Weight): string {
  return `| ${what}: ${toCodeSpan(file)} | ${precision} | ${format} | ${bytes} | ${gzip} | \`${sha256.slice(0, 12)}…\` |`
}

function describeParity({ parity, agreement }: Report): string {
  const { maxAbsError, top1, minAgreement } = parity
  const error =
    maxAbsError === null
      ? 'The outputs are no numbers.'
      : `The largest error of any output is ${showNumber(maxAbsError)} against the server's model.`
  const asked = `at least ${percent(minAgreement)} is asked for`
  if (top1 === null) {
    const { rows, measure } = agreement
    return `${error} There are no labels to compare: of ${rows} rows of samples, ${percent(agreement.agreement)} are ${measure} of the server's (${asked}).`
  }
  return `${error} The best label is the same for ${top1.agreed} of ${top1.rows} samples (${percent(top1.agreement)}; ${asked}).`
}

function describeDifference({ name, origin, maxAbsError, rows, agreed }: Difference): string {
  const same = rows === null ? '' : `${agreed} of ${rows}`
  return `| ${toCodeSpan(name)} | ${origin} | ${maxAbsError === null ? '' : showNumber(maxAbsError)} | ${same} |`
}

function showNumber(value: number): string {
  return value === 0 ? '0' : value.toPrecision(3)
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}
