import chalk from 'chalk'
import { type Exported, exportEdge } from '../edge/export.ts'
import { describePrecision, showPercent } from '../edge/precision-table.ts'
import type { Report } from '../edge/report.ts'
import { toShell } from '../literals.ts'
import type { EdgeExportFlags } from './edge-command.ts'
import { formatWarnings } from './print.ts'
import { withProgress } from './progress.ts'
import { alignRows, countChanges, shortPath } from './report.ts'

/** Exports a server, and says what it has become and how far it is from the original. */
export async function runEdgeExport(server: string, { json = false, ...flags }: EdgeExportFlags): Promise<number> {
  // The server's onnxruntime for Linux would report to its makers which models it runs, and how.
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
  const run = () => exportEdge({ ...flags, server })
  const exported = await (json ? run() : withProgress('Asking the server and packing the model', run))
  const next = nextSteps(exported)
  if (json) process.stdout.write(exportDocument(exported, next))
  else printExport(exported, next)
  return 0
}

function exportDocument({ folder, changes, warnings, reports }: Exported, next: readonly string[]): string {
  const files = changes.map(({ path, action, owner }) => ({ path, action, owner }))
  return `${JSON.stringify({ schema: 1, ok: true, target: folder, files, warnings, next, reports }, null, 2)}\n`
}

function printExport({ folder, reports, changes, warnings }: Exported, next: readonly string[]): void {
  const [first] = reports // but for the target, all say the same
  if (first === undefined) return
  process.stdout.write(`${chalk.green('✔')} Exported ${chalk.bold(first.name)} to ${shortPath(folder)}\n`)
  process.stdout.write(
    alignRows([...describeModel(first), ...reports.map(({ target }) => describeTarget(target, changes))]),
  )
  process.stderr.write(formatWarnings(warnings))
  process.stdout.write(`\nNext:\n${next.map((line) => `  ${chalk.cyan(line)}\n`).join('')}`)
}

function describeModel({ model, source, parity, agreement, precisions, ms }: Report): string[][] {
  const { maxAbsError, top1, vectors } = parity
  const error = maxAbsError === null ? 'no numbers to compare' : `largest error ${showError(maxAbsError)}`
  const { measure, rows } = agreement
  const numbers = `, ${showPercent(agreement.agreement)} of ${rows} rows ${measure}`
  const labels = top1 ? `, same label for ${top1.agreed} of ${top1.rows} samples` : numbers
  const stages = Object.entries(ms).map(([stage, value]) => `${stage} ${value}`)
  const size = `${model.bytes} bytes of ${source.bytes}, gzip ${model.gzip}`
  return [
    ['model', model.file, `${model.precision}, ${model.format}, ${size}`],
    ['parity', `${vectors.length} requests`, error + labels],
    ...(precisions?.precisions ?? []).map((one) => ['precision', one.precision, describePrecision(one)]),
    ['time', 'ms, one thread', stages.join(', ')],
  ]
}

function showError(error: number): string {
  return error === 0 ? '0' : error.toPrecision(2)
}

/** Golden vectors come and go by the dozen: files are counted, `--json` lists them. */
function describeTarget(target: string, changes: Exported['changes']): string[] {
  const own = changes.filter(({ path }) => path.startsWith(`${target}/`))
  return [target, `${own.length} files`, countChanges(own)]
}

function nextSteps({ folder, hosted, reports }: Exported): string[] {
  const place = (path: string) => {
    const short = shortPath(`${folder}/${path}`)
    return /^[\w./-]+$/.test(short) ? short : toShell(short)
  }
  return reports.map(({ target }) => {
    if (target !== 'web') return `cat ${place(`${target}/README.md`)}`
    return hosted === null ? `npx serve ${place('web')}` : `npm start   # in the server, then open ${hosted}`
  })
}
