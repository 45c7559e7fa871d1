import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readWholeModel } from '../onnx/precision/read-whole-model.ts'
import { toPrecision } from '../onnx/precision/to-precision.ts'
import type { Format, Precision } from '../words.ts'
import { measurePrecisions } from './measure-precisions.ts'
import type { EdgeOptions } from './options.ts'
import { saveAsOrt } from './ort-format.ts'
import { FEW_ROWS, type PrecisionTable } from './precision-table.ts'
import type { BuiltServer, EdgeModel } from './target.ts'
import type { Trial } from './trial.ts'

/** The model as it is to be shipped. */
export interface Prepared {
  readonly model: EdgeModel
  /** Every precision beside the others; null where fp32 was asked for, and there is nothing to decide. */
  readonly precisions: PrecisionTable | null
  readonly warnings: readonly string[]
}

interface Sources {
  readonly original: EdgeModel
  /** What the original answers. */
  readonly expected: Trial
  readonly options: EdgeOptions
}

/** The model in the precision and format that were asked for; fp32 where the precision gains nothing. Throws CreateError. */
export async function prepareModel(server: BuiltServer, sources: Sources): Promise<Prepared> {
  const { original, options } = sources
  const { precision, format, targets } = options
  if (precision === 'fp32' && format === 'onnx' && targets.every((target) => target === 'board')) {
    return { model: original, precisions: null, warnings: [] } // on a board, weights may lie beside it
  }
  const whole = asOneFile(server, original)
  if (precision !== 'fp32') return shrink(server, whole, sources)
  const model = format === 'onnx' ? whole : derive(whole, await saveAsOrt(server, whole.bytes), { precision, format })
  return { model, precisions: null, warnings: [] }
}

/** Every smaller precision is made and measured: whoever is refused one wants to know of the other. */
async function shrink(server: BuiltServer, whole: EdgeModel, { expected, options }: Sources): Promise<Prepared> {
  const attempts = (['fp16', 'int8'] as const).map((precision) => {
    const { bytes, nothingToGain } = toPrecision(whole.bytes, precision)
    return { precision, nothingToGain, model: derive(whole, bytes, { precision, format: 'onnx' }) }
  })
  const small = attempts.filter(({ nothingToGain }) => nothingToGain === null).map(({ model }) => model)
  const nothingToGain = attempts.flatMap(({ precision, nothingToGain: reason }) => {
    return reason === null ? [] : [{ precision, reason }]
  })
  const measured = await measurePrecisions(server, { whole, expected, small, minAgreement: options.minAgreement })
  const precisions = { ...measured, nothingToGain }
  const model = small.find(({ precision }) => precision === options.precision) ?? whole
  return { model, precisions, warnings: warnOf(precisions, options) }
}

function warnOf({ nothingToGain, rows }: PrecisionTable, { precision }: EdgeOptions): string[] {
  const reason = nothingToGain.find((one) => one.precision === precision)?.reason
  if (reason !== undefined) return [`${reason}. It is exported as fp32`]
  if (rows >= FEW_ROWS) return []
  const compared = `${rows} row${rows === 1 ? '' : 's'} of samples`
  return [`${precision} was compared on ${compared}: name a folder with real data (--samples DIR)`]
}

/** With the weights that lie beside it. */
function asOneFile({ root }: BuiltServer, original: EdgeModel): EdgeModel {
  if (original.facts.externalData.length === 0) return original
  const bytes = readWholeModel(join(root, 'models', original.file))
  return derive(original, bytes, { precision: 'fp32', format: 'onnx' })
}

interface Form {
  readonly precision: Precision
  readonly format: Format
}

/** `digits.onnx` becomes `digits.int8.onnx` or `digits.ort`. */
function derive(original: EdgeModel, bytes: Uint8Array, { precision, format }: Form): EdgeModel {
  const stem = original.file.replace(/\.onnx$/i, '')
  const file = precision === 'fp32' ? `${stem}.${format}` : `${stem}.${precision}.${format}`
  return { ...original, file, bytes, precision, format, sha256: createHash('sha256').update(bytes).digest('hex') }
}
