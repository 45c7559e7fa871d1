import chalk from 'chalk'
import { type Exported, exportEdge } from '../edge/export.ts'
import type { Report } from '../edge/report.ts'
import type { EdgeExportFlags } from './edge-command.ts'
import { formatWarnings } from './print.ts'
import { withProgress } from './progress.ts'
import { alignRows, describeChanges, shortPath } from './report.ts'

/** Exports a server, and says what it has become and how far it is from the original. */
export async function runEdgeExport(server: string, { json = false, ...flags }: EdgeExportFlags): Promise<number> {
  const run = () => exportEdge({ ...flags, server })
  const exported = await (json ? run() : withProgress('Asking the server and packing the model', run))
  if (json) process.stdout.write(exportDocument(exported))
  else printExport(exported)
  return 0
}

function exportDocument({ folder, changes, warnings, reports }: Exported): string {
  const files = changes.map(({ path, action, owner }) => ({ path, action, owner }))
  return `${JSON.stringify({ schema: 1, ok: true, target: folder, files, warnings, next: [], reports }, null, 2)}\n`
}

function printExport({ folder, reports, changes, warnings }: Exported): void {
  for (const report of reports) {
    const place = `${shortPath(folder)}/${report.target}`
    process.stdout.write(`${chalk.green('✔')} Exported ${chalk.bold(report.name)} to ${place}\n${describeOne(report)}`)
  }
  process.stdout.write(describeChanges(changes, false))
  process.stderr.write(formatWarnings(warnings))
}

function describeOne({ model, source, parity, ms }: Report): string {
  const { maxAbsError, top1, vectors } = parity
  const error = maxAbsError === null ? 'no numbers to compare' : `largest error ${maxAbsError.toPrecision(2)}`
  const labels = top1 ? `, same label for ${top1.agreed} of ${top1.rows} samples` : ''
  const stages = Object.entries(ms).map(([stage, value]) => `${stage} ${value}`)
  return alignRows([
    [
      'model',
      model.file,
      `${model.precision}, ${model.format}, ${model.bytes} bytes of ${source.bytes}, gzip ${model.gzip}`,
    ],
    ['parity', `${vectors.length} requests`, error + labels],
    ['time', 'ms, one thread', stages.join(', ')],
  ])
}
