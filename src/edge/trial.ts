import { openAnswerer, type Stages } from './answer.ts'
import { type Asked, askCases, askOwnCases } from './ask.ts'
import type { Case } from './cases.ts'
import { type Engine, openEngine, openOwnEngine } from './engine.ts'
import { measureAgreement } from './gate.ts'
import { loadModule } from './modules.ts'
import { compareAnswers } from './parity.ts'
import type { PrecisionTable } from './precision-table.ts'
import { type Report, weigh } from './report.ts'
import type { BuiltServer, EdgeModel } from './target.ts'
import { timeStages } from './timing.ts'

/** What a model has answered, and how long the first of it takes. */
export interface Trial {
  readonly asked: readonly Asked[]
  readonly ms: Stages
}

/** The server's own model: its sample, edge cases made of that, and real data. Throws CreateError. */
export function askOriginal(server: BuiltServer, samples: readonly Case[]): Promise<Trial> {
  return tryOut(server, openOwnEngine(server), async (engine) => {
    const own = await askOwnCases(server, engine, { isNeeded: samples.length === 0 })
    return [...own, ...(await askCases(server, engine, samples))]
  })
}

/** The model that is shipped, asked the same. Throws CreateError. */
export function askShipped(server: BuiltServer, model: EdgeModel, cases: readonly Case[]): Promise<Trial> {
  const own = server.config.model.sha256 === model.sha256
  const engine = own ? openOwnEngine(server) : openEngine(server, model.file, model.bytes)
  return tryOut(server, engine, (opened) => askCases(server, opened, cases))
}

async function tryOut(
  server: BuiltServer,
  opening: Promise<Engine>,
  ask: (engine: Engine) => Promise<Asked[]>,
): Promise<Trial> {
  const engine = await opening
  try {
    const asked = await ask(engine)
    const [first] = asked
    if (first === undefined) throw new Error('nothing was asked')
    return { asked, ms: await timeStages(await openAnswerer(server, engine), first) }
  } finally {
    await engine.close()
  }
}

export interface ReportInputs {
  readonly original: EdgeModel
  readonly model: EdgeModel
  readonly expected: Trial
  readonly shipped: Trial
  readonly precisions: PrecisionTable | null
  readonly minAgreement: number
}

/** What all targets of an export have to say. */
export async function makeReport(server: BuiltServer, inputs: ReportInputs): Promise<Omit<Report, 'target'>> {
  const { original, model, expected, shipped, precisions, minAgreement } = inputs
  const { numbersOf: read } = await loadModule(server, 'transforms/elements.js')
  const { task, rows } = server.config
  return {
    schema: 1,
    name: server.config.name,
    source: weigh(original),
    model: weigh(model),
    parity: { ...compareAnswers(expected.asked, shipped.asked, read), minAgreement },
    agreement: measureAgreement(expected.asked, shipped.asked, { task, rows, read }),
    precisions,
    ms: shipped.ms,
  }
}
