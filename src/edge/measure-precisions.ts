import { openAnswerer } from './answer.ts'
import { type Asked, askCases } from './ask.ts'
import { openEngine, openOwnEngine } from './engine.ts'
import { measureAgreement } from './gate.ts'
import { loadModule } from './modules.ts'
import { compareAnswers } from './parity.ts'
import type { PrecisionRow, PrecisionTable } from './precision-table.ts'
import { weigh } from './report.ts'
import type { BuiltServer, EdgeModel } from './target.ts'
import { compareTimes } from './timing.ts'
import type { Trial } from './trial.ts'

interface Sources {
  /** The original, in one file. */
  readonly whole: EdgeModel
  /** What the original answers. */
  readonly expected: Trial
  readonly small: readonly EdgeModel[]
  readonly minAgreement: number
}

/** The original, and each smaller model beside it: bytes, error, agreement and time, on the same requests. Throws CreateError. */
export async function measurePrecisions(
  server: BuiltServer,
  { whole, expected, small, minAgreement }: Sources,
): Promise<Omit<PrecisionTable, 'nothingToGain'>> {
  const compare = await openComparison(server, expected)
  const { measure, rows } = compare(expected).agreement
  const original = { maxError: 0, agreement: 1, latency: 1, passes: true }
  const precisions: PrecisionRow[] = [{ ...describe(whole), ...original }]
  for (const model of small) {
    const { asked, latency } = await askBoth(server, model, expected)
    const { agreement, maxError } = compare({ asked })
    const passes = agreement.agreement >= minAgreement
    precisions.push({ ...describe(model), maxError, agreement: agreement.agreement, latency, passes })
  }
  return { measure, rows, minAgreement, precisions }
}

function describe(model: EdgeModel): Pick<PrecisionRow, 'precision' | 'bytes' | 'gzip'> {
  const { precision, bytes, gzip } = weigh(model)
  return { precision, bytes, gzip }
}

/** On real data: what was made to try the edges is of no size that an error could be compared with. */
async function openComparison(server: BuiltServer, expected: Trial) {
  const { numbersOf: read } = await loadModule(server, 'transforms/elements.js')
  const { task, rows } = server.config
  const isReal = ({ origin }: Asked) => origin !== 'made'
  return ({ asked }: Pick<Trial, 'asked'>) => ({
    agreement: measureAgreement(expected.asked, asked, { task, rows, read }),
    maxError: compareAnswers(expected.asked.filter(isReal), asked.filter(isReal), read).maxAbsError,
  })
}

/** What a model answers, and how long it takes for the sample, as a multiple of what the original takes beside it. */
async function askBoth(server: BuiltServer, model: EdgeModel, { asked: cases }: Trial) {
  const own = await openOwnEngine(server)
  const other = await openEngine(server, model.file, model.bytes).catch(async (error: unknown) => {
    await own.close()
    throw error
  })
  try {
    const asked = await askCases(server, other, cases)
    const [sample] = cases
    const answerers = [await openAnswerer(server, own), await openAnswerer(server, other)] as const
    return { asked, latency: sample ? await compareTimes(answerers, sample) : 1 }
  } finally {
    await own.close()
    await other.close()
  }
}
