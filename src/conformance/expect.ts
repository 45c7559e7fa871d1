import type { Answer } from './client.ts'
import { Mismatch } from './mismatch.ts'
import { describeAnswer, ErrorResponse, readJson } from './protocol.ts'

/** Throws Mismatch unless the answer has this status. */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): void {
  if (!statuses.includes(answer.status)) throw new Mismatch(statuses.join(' or '), describeAnswer(answer))
}

/** What is wrong with a request is told as such: 4xx and `{"error": "..."}`. Throws Mismatch. */
export function expectRefusal(answer: Answer): void {
  const expected = '4xx and {"error": "..."}'
  if (answer.status < 400 || answer.status > 499) throw new Mismatch(expected, describeAnswer(answer))
  try {
    readJson(answer.body, ErrorResponse, expected)
  } catch (error) {
    throw error instanceof Mismatch ? new Mismatch(expected, describeAnswer(answer)) : error
  }
}

/** Without parameters: some clients compare the whole of it. Throws Mismatch. */
export function expectContentType({ headers }: Pick<Answer, 'headers'>, type: string): void {
  const got = headers['content-type'] ?? 'none'
  if (got !== type) throw new Mismatch(`Content-Type ${type}`, got)
}
