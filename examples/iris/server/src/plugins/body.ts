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
      const charset = /;\s*charset="?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8'
      if (!UTF8.test(charset)) return done(new HttpError(415, `JSON is UTF-8, not ${charset}: convert the body.`))
      // Decoding would replace broken bytes silently, and the model would be asked about another string.
      if (!isUtf8(body)) return done(new HttpError(400, 'The body is not valid UTF-8.'))
      return parseJson(request, body.toString('utf8'), done)
    })
    app.addHook('preParsing', async (request, _reply, payload) => decompressed(request, payload))
  },
  { name: 'body' },
)

function decompressed(request: FastifyRequest, payload: RequestPayload): RequestPayload {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '') return payload
  const decoder = DECODERS[encoding]?.()
  if (!decoder) throw new HttpError(415, `Content-Encoding ${encoding} is not supported: use gzip, deflate or none.`)
  return countEncoded(payload, decoder)
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
