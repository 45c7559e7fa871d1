import type { IncomingHttpHeaders } from 'node:http'
import { deflateSync, gzipSync } from 'node:zlib'
import { type Case, inferCase } from '../case.ts'
import type { Message } from '../client.ts'
import { hasJson } from '../datatypes.ts'
import { expectContentType } from '../expect.ts'
import { expectOutputs, readInferred } from '../infer-answer.ts'
import { writeDraft } from '../infer-request.ts'
import { type Answered, draft, post } from '../subject.ts'

type Written = ReturnType<typeof writeDraft>

/** The subject's request, sent in another way; the answer must be the same. */
async function askAgain(subject: Answered, change: (message: Written) => Written): Promise<IncomingHttpHeaders> {
  const answer = await post(subject, change(writeDraft(draft(subject))))
  const inferred = readInferred(answer, subject.model)
  if (subject.repeatable) expectOutputs(inferred, subject.outputs)
  return answer.headers
}

function withHeaders(message: Written, headers: NonNullable<Message['headers']>): Written {
  return { ...message, headers: { ...message.headers, ...headers } }
}

function withoutType(message: Written): Written {
  const { 'content-type': _type, ...headers } = message.headers ?? {}
  return { ...message, headers }
}

export const transport: readonly Case[] = [
  inferCase({
    id: 'transport/no-content-type',
    title: 'A request without Content-Type is taken',
    level: 'recommended',
    source: "Triton's Python client sends none",
    run: async (subject) => void (await askAgain(subject, withoutType)),
  }),
  inferCase({
    id: 'transport/charset',
    title: 'Content-Type may name a charset',
    level: 'recommended',
    source: 'RFC 9110, Content-Type',
    run: async (subject) => {
      await askAgain(subject, (message) => withHeaders(message, { 'content-type': 'application/json; charset=utf-8' }))
    },
  }),
  inferCase({
    id: 'transport/chunked',
    title: 'A body in chunks, without Content-Length, is taken',
    level: 'recommended',
    source: 'RFC 9112, Chunked Transfer Coding',
    run: async (subject) => void (await askAgain(subject, (message) => ({ ...message, chunk: 7 }))),
  }),
  inferCase({
    id: 'transport/content-type',
    title: 'An answer in JSON is application/json and nothing else',
    level: 'recommended',
    source: "KServe's Python client compares it",
    skip: ({ outputs }) =>
      outputs.every(({ datatype }) => hasJson(datatype)) ? undefined : 'an output has no JSON form',
    run: async (subject) => {
      const headers = await askAgain(subject, (message) => message)
      expectContentType({ headers }, 'application/json')
    },
  }),
]

const ENCODINGS = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
] as const

export const compression: readonly Case[] = ENCODINGS.map(([encoding, compress]) =>
  inferCase({
    id: `compression/${encoding}`,
    title: `A body compressed by ${encoding} is taken`,
    level: 'recommended',
    source: "Triton's Python client (request_compression_algorithm)",
    run: async (subject) => {
      await askAgain(subject, (message) => ({
        ...withHeaders(message, { 'content-encoding': encoding }),
        body: compress(message.body),
      }))
    },
  }),
)
