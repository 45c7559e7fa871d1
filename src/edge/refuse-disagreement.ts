import { CreateError, type Issue } from '../errors.ts'
import type { Agreement } from './gate.ts'
import { describePrecision, FEW_ROWS, type PrecisionTable, showPercent } from './precision-table.ts'
import type { Weight } from './report.ts'

/** A few samples say what is wrong; hundreds would hide it. */
const MOST_NAMED = 5

export interface Judged {
  readonly model: Pick<Weight, 'precision' | 'format'>
  readonly agreement: Agreement
  readonly minAgreement: number
  readonly precisions: PrecisionTable | null
}

/** Throws CreateError `over_budget`, with what there is to know to decide, when the model agrees less than was asked for. */
export function refuseDisagreement({ model, agreement, minAgreement, precisions }: Judged): void {
  if (agreement.agreement >= minAgreement) return
  const form = model.format === 'ort' ? 'ort' : model.precision
  const [found, wanted] = [showPercent(agreement.agreement), showPercent(minAgreement)]
  const samples = agreement.rows === 1 ? 'the only row of samples' : `the ${agreement.rows} rows of samples`
  throw new CreateError(
    'over_budget',
    `As ${form}, the model agrees on ${found} of ${samples}, and ${wanted} is asked for`,
    {
      issues: [...nameDisagreements(agreement, form), ...nameAlternatives(precisions)],
      hint: hintFor(agreement, precisions),
    },
  )
}

function nameDisagreements({ disagreements, measure }: Agreement, form: string): Issue[] {
  const named = disagreements.slice(0, MOST_NAMED).map(({ name, row, original, candidate }): Issue => {
    const place = row === 0 ? name : `${name}, row ${row}`
    return { file: place, message: `${original} on the server, ${candidate} as ${form}` }
  })
  const more = disagreements.length - named.length
  return more > 0 ? [...named, { message: `${more} more; to agree is ${measure}` }] : named
}

function nameAlternatives(precisions: PrecisionTable | null): Issue[] {
  return (precisions?.precisions ?? []).map((one) => ({ path: one.precision, message: describePrecision(one) }))
}

function hintFor({ agreement, rows }: Agreement, precisions: PrecisionTable | null): string {
  const [smallest] = (precisions?.precisions ?? []).filter(({ passes }) => passes).toReversed()
  const other = smallest ? `--precision ${smallest.precision} passes. ` : ''
  const data = rows < FEW_ROWS ? ' More real data (--samples DIR) says more.' : ''
  return `${other}To take it as it is: --min-agreement ${Math.floor(agreement * 1000) / 1000}.${data}`
}
