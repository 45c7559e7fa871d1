import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundledTemplate, type Change } from '../create.ts'
import { CreateError } from '../errors.ts'
import type { EdgeTarget } from '../words.ts'
import { MOST_SAMPLES, makeGolden } from './golden.ts'
import { readOwnModel } from './model.ts'
import { type EdgeFlags, resolveEdgeOptions } from './options.ts'
import { drawPrecisions } from './precision-plot.ts'
import { prepareModel } from './prepare-model.ts'
import { refuseDisagreement } from './refuse-disagreement.ts'
import { describeReport, keepTimes, PLOT, printReport, type Report } from './report.ts'
import { readSamples, type Samples } from './samples.ts'
import { openServer } from './server.ts'
import type { BuiltServer, EdgeModel, ExportContext, ExportedFile, ExportTarget } from './target.ts'
import { TARGETS } from './targets.ts'
import { askOriginal, askShipped, makeReport } from './trial.ts'
import { type TargetFiles, writeExports } from './write-export.ts'

export interface ExportRequest extends EdgeFlags {
  /** The generated server's folder. */
  readonly server: string
  /** A folder of real data, to compare on. */
  readonly samples?: string | undefined
  readonly force?: boolean | undefined
}

/** What was exported. Paths of changes are relative to `folder`, which is SERVER/edge. */
export interface Exported {
  readonly folder: string
  /** Where the server shows what is exported for browsers; null where it does not. */
  readonly hosted: string | null
  readonly reports: readonly Report[]
  readonly changes: readonly Change[]
  readonly warnings: readonly string[]
}

const REPORT = 'report.json'

/**
 * From a built server to files for devices: its own code and runtime answer samples, the model is made small, the same samples
 * are asked again, and each target packs what it needs. All or nothing. Throws CreateError for everything that a user can put right.
 */
export async function exportEdge(request: ExportRequest): Promise<Exported> {
  const server = openServer(request.server)
  const options = resolveEdgeOptions(server, request)
  const makers = options.targets.map((target) => ({ target, make: makerOf(target) }))
  const samples = readRealData(server, request)
  const original = await readOwnModel(server)
  const expected = await askOriginal(server, samples.cases)
  const { model, precisions, warnings } = await prepareModel(server, { original, expected, options })
  const shipped = await askShipped(server, model, expected.asked)
  const { minAgreement } = options
  const report = await makeReport(server, { original, model, expected, shipped, precisions, minAgreement })
  refuseDisagreement({ ...report, minAgreement })
  const { golden, files } = makeGolden(model, { sha256: original.sha256, inputs: server.config.inputs }, shipped.asked)
  const context: ExportContext = { server, model, golden, goldenFiles: files, templates: bundledTemplate().dir }
  const folder = join(server.root, 'edge')
  const reports: Report[] = []
  const exports: TargetFiles[] = []
  for (const { target, make } of makers) {
    const own = keepTimes({ ...report, target }, readOld(join(folder, target, REPORT)))
    reports.push(own)
    exports.push({ target, files: [...(await make(context)), ...files, ...commonFiles(model, own, server)] })
  }
  const changes = await writeExports(folder, exports, { force: request.force ?? false })
  return { folder, hosted: addressOf(server), reports, changes, warnings: [...samples.warnings, ...warnings] }
}

function addressOf({ config }: BuiltServer): string | null {
  return Object(config.options.edge).host === true ? `http://localhost:${config.server.port}/edge/` : null
}

function makerOf(target: EdgeTarget): ExportTarget {
  const make = TARGETS[target]
  if (make) return make
  throw new CreateError('usage', `target ${target}: not in this version`)
}

function readRealData({ config }: BuiltServer, { samples }: ExportRequest): Samples {
  if (samples === undefined) return { cases: [], warnings: [] }
  const read = readSamples(samples, { takesImages: config.preprocess.kind === 'image' })
  return { ...read, warnings: [...read.warnings, warnOfCopies(read.cases.length)] }
}

/** Real data may be somebody's. */
function warnOfCopies(samples: number): string {
  const copied = Math.min(samples, MOST_SAMPLES)
  return `golden/ of the export holds ${copied} of the ${samples} samples: whoever gets it can read them`
}

function commonFiles(model: EdgeModel, report: Report, server: BuiltServer): ExportedFile[] {
  return [
    { path: `models/${model.file}`, bytes: model.bytes },
    { path: REPORT, bytes: Buffer.from(printReport(report)) },
    { path: 'report.md', bytes: Buffer.from(describeReport(report, server)) },
    ...(report.precisions ? [{ path: PLOT, bytes: Buffer.from(drawPrecisions(report.precisions)) }] : []),
  ]
}

function readOld(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}
