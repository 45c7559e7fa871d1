const TOLERANCE = 1e-4

export interface Answer {
  readonly title: string
  readonly prediction: readonly number[]
}

/** Throws unless all predict the same: |a-b| <= 1e-4 * max(1, |b|). Who computes something else may not be compared. */
export function assertAgree(first: Answer, others: readonly Answer[]): void {
  for (const { title, prediction } of others) {
    const { length } = first.prediction
    if (prediction.length !== length) throw new Error(`${title} answers ${prediction.length} numbers, not ${length}`)
    const wrong = prediction.findIndex((value, i) => !isNear(value, first.prediction[i] ?? Number.NaN))
    if (wrong === -1) continue
    throw new Error(
      `number ${wrong} is ${prediction[wrong]} for ${title}, and ${first.prediction[wrong]} for ${first.title}`,
    )
  }
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b))
}
