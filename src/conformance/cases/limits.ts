import { gzipSync } from 'node:zlib'
import { type Case, inferCase } from '../case.ts'
import { type Answer, NoAnswer } from '../client.ts'
import { expectRefusal, expectStatus } from '../expect.ts'
import { readInferred } from '../infer-answer.ts'
import { writeBody, writeDraft } from '../infer-request.ts'
import { type Answered, draft, infer, post } from '../subject.ts'

const MIB = 2 ** 20
const BIG = 10 * MIB
const BOMB = 256 * MIB
const DEEP = 100_000

/** Asks; undefined when the server did not read the body to its end. It must be there afterwards, whatever it said. */
async function askHeavily(subject: Answered, message: ReturnType<typeof writeBody>): Promise<Answer | undefined> {
  const answer = await post(subject, message).catch((error: unknown) => {
    if (error instanceof NoAnswer && error.closed) return undefined
    throw error
  })
  expectStatus(await subject.client.ask('/v2/health/live'), 200)
  await infer(subject)
  return answer
}

/** Heavy, so only asked with --limits. The protocol knows no limits; that the server outlives this is errors/afterwards. */
export const limits: readonly Case[] = [
  inferCase({
    id: 'limits/big-body',
    title: 'A body of 10 MiB is answered, or refused as too large',
    level: 'recommended',
    source: 'RFC 9110, 413 Content Too Large',
    run: async (subject) => {
      const answer = await askHeavily(subject, writeDraft(draft(subject), BIG))
      if (answer?.status === 200) readInferred(answer, subject.model)
      else if (answer) expectRefusal(answer)
    },
  }),
  inferCase({
    id: 'limits/gzip-bomb',
    title: '256 MiB in 256 kB of gzip are refused',
    level: 'recommended',
    source: 'RFC 9110, 413 Content Too Large',
    run: async (subject) => {
      const { headers, ...message } = writeBody('')
      const body = gzipSync(Buffer.alloc(BOMB, ' '))
      const encoded = { ...headers, 'content-encoding': 'gzip' }
      const answer = await askHeavily(subject, { ...message, body, headers: encoded })
      if (answer) expectRefusal(answer)
    },
  }),
  inferCase({
    id: 'limits/deep-json',
    title: 'JSON nested 100,000 deep is refused',
    level: 'recommended',
    source: 'RFC 8259, Parsers',
    run: async (subject) => {
      const answer = await askHeavily(subject, writeBody(`{"inputs":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`))
      if (answer) expectRefusal(answer)
    },
  }),
]
