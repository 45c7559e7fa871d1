import { isUtf8 } from 'node:buffer'
import type { Readable, Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import type { FastifyRequest, RequestPayload } from 'fastify'
import fp from 'fastify-plugin'
import { HttpError } from './problem.ts'

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
}

/** Names under which UTF-8, or a part of it, is sent. */
const UTF8 = /^(utf-?8|us-ascii)$/i

/** Bodies: JSON in UTF-8 only, plain or compressed by gzip or deflate. The body limit counts decompressed bytes. */
export const bodyPlugin = fp(
  async (app) => {
    app.removeContentTypeParser(['application/json', 'text/plain'])
    const parseJson = app.getDefaultJsonParser('error', 'error')
    app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      const refusal = refuseCharset(request)
      if (refusal) return done(refusal)
      // Decoding would replace broken bytes silently, and the model would be asked about another string.
      if (!isUtf8(body)) return done(new HttpError(400, 'The body is not valid UTF-8.'))
      return parseJson(request, body.toString('utf8'), done)
    })
    app.addHook('preParsing', (request, _reply, payload, done) => {
      const encoding = request.headers['content-encoding']
      if (encoding === undefined) return done(null, payload)
      try {
        done(null, decompress(encoding.trim().toLowerCase(), payload))
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    })
  },
  { name: 'body' },
)

/** JSON in another charset than UTF-8 is not guessed at. */
export function refuseCharset({ headers }: FastifyRequest): HttpError | undefined {
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  return UTF8.test(charset) ? undefined : new HttpError(415, `JSON is UTF-8, not ${charset}: convert the body.`)
}

function decompress(encoding: string, payload: RequestPayload): RequestPayload {
  if (encoding === 'identity' || encoding === '') return payload
  const decoder = DECODERS[encoding]?.()
  if (decoder) return countEncoded(payload, decoder)
  throw new HttpError(415, `Content-Encoding ${encoding} is not supported: use gzip, deflate or none.`)
}

/** Fastify compares Content-Length with what came over the wire, and the body limit with what comes out here. */
function countEncoded(source: Readable, decoder: Transform): RequestPayload {
  const decoded: RequestPayload = decoder
  decoded.receivedEncodedLength = 0
  source.on('data', (chunk: Buffer) => {
    decoded.receivedEncodedLength = (decoded.receivedEncodedLength ?? 0) + chunk.length
  })
  source.on('error', (error) => decoder.destroy(error))
  decoder.on('close', () => source.unpipe(decoder))
  return source.pipe(decoder)
}
