import { agreement, distance } from './compare.ts'
import { bodyOf, countRows, type Entry, expectedPrediction } from './entry.ts'

/** This many rows are also asked one by one. */
const SINGLE_ROWS = 3
const LIMIT_MS = 30_000

/** How a served model answered, over all requests: rows together, and some alone. */
export interface Answers {
  readonly maxError: number
  /** Null where there are no labels. */
  readonly labelAgreement: number | null
}

/** Sends the rows of an entry to its server, compares each answer with scikit-learn's. Throws on a status but 200. */
export async function askAll(url: string, entry: Entry): Promise<Answers> {
  const rows = countRows(entry)
  const alone = Array.from({ length: Math.min(SINGLE_ROWS, rows) }, (_, row) => [row, row + 1] as const)
  let maxError = 0
  let labelAgreement = 1
  for (const [start, end] of [[0, rows] as const, ...alone]) {
    const body = bodyOf(entry, start, end)
    const prediction = await post(`${url}/predict`, body)
    maxError = Math.max(maxError, distance(prediction, expectedPrediction(entry, start, end)))
    if (!entry.labels) continue
    const labels = await post(`${url}/predict/label`, body)
    labelAgreement = Math.min(labelAgreement, agreement(labels, entry.labels.slice(start, end)))
  }
  if (!entry.labels) await expectNoLabels(url)
  return { maxError, labelAgreement: entry.labels ? labelAgreement : null }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${text}`)
  const { prediction }: { prediction: unknown } = JSON.parse(text)
  return prediction
}

/** A model without classes has no label routes. */
async function expectNoLabels(url: string): Promise<void> {
  const { status } = await fetch(`${url}/label`, { signal: AbortSignal.timeout(LIMIT_MS) })
  if (status !== 404) throw new Error(`/label answered ${status}, but the model has no classes`)
}
