import type { Case, Level } from './case.ts'
import { chooseModel } from './choose-model.ts'
import { type Connection, makeClient, NoAnswer } from './client.ts'
import { Mismatch } from './mismatch.ts'
import type { ModelMetadata, ServerMetadata } from './protocol.ts'
import { readRequestFile } from './read-request.ts'
import { findSubject, type Subject } from './subject.ts'
import { listCases } from './suite.ts'

export interface ConformanceRequest extends Connection {
  /** undefined: the only one that the server lists. */
  readonly model?: string | undefined
  /** A JSON file with a V2 infer request that the model takes; undefined: it is made from the metadata. */
  readonly input?: string | undefined
  /** Ask what is heavy too. */
  readonly limits: boolean
}

export interface CaseResult extends Pick<Case, 'id' | 'title' | 'source'> {
  readonly level: Level
  readonly status: 'pass' | 'fail' | 'skip'
  /** Of a failure. */
  readonly expected?: string
  readonly got?: string
  /** Of a skip. */
  readonly reason?: string
}

export interface Scorecard {
  readonly url: string
  readonly model: string
  /** What the server says of itself and of the model, where that can be read. */
  readonly server: ServerMetadata | null
  readonly metadata: ModelMetadata | null
  /** No case of level required or extension failed. */
  readonly conforms: boolean
  readonly counts: { readonly passed: number; readonly failed: number; readonly skipped: number }
  readonly cases: readonly CaseResult[]
}

/**
 * Asks a server all cases of the Open Inference Protocol V2, one after the other.
 * @throws CreateError `usage` when there is no such server or model, `not_found` or `invalid` for the input file.
 */
export async function checkConformance(request: ConformanceRequest, onCase?: (one: Case) => void): Promise<Scorecard> {
  const { model, input, limits, ...connection } = request
  const tensors = input === undefined ? null : await readRequestFile(input)
  const modelName = await chooseModel(connection, model)
  const subject = await findSubject({ connection, modelName, tensors })
  const cases: CaseResult[] = []
  for (const one of listCases({ withLimits: limits })) {
    onCase?.(one)
    cases.push(await runCase(one, renew(subject, connection)))
  }
  const count = (status: CaseResult['status']) => cases.filter((result) => result.status === status).length
  return {
    url: connection.url,
    model: modelName,
    server: subject.server ?? null,
    metadata: subject.model ?? null,
    conforms: !cases.some(({ status, level }) => status === 'fail' && level !== 'recommended'),
    counts: { passed: count('pass'), failed: count('fail'), skipped: count('skip') },
    cases,
  }
}

/** Each case has a time of its own. */
function renew(subject: Subject, connection: Connection): Subject {
  const client = makeClient(connection)
  return { ...subject, client, answered: subject.answered && { ...subject.answered, client } }
}

async function runCase({ id, title, level, source, ...one }: Case, subject: Subject): Promise<CaseResult> {
  const head = { id, title, level, source }
  const reason = one.skip(subject)
  if (reason !== undefined) return { ...head, status: 'skip', reason }
  try {
    await one.run(subject)
    return { ...head, status: 'pass' }
  } catch (error) {
    if (error instanceof Mismatch) return { ...head, status: 'fail', expected: error.expected, got: error.got }
    if (error instanceof NoAnswer) return { ...head, status: 'fail', expected: 'an answer', got: error.message }
    throw error
  }
}
