import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { contract } from '../contract.ts'
import { acceptedInputs } from '../v2/inputs.ts'
import { type Message, splitMessage } from '../v2/message.ts'
import { readRawRequest } from '../v2/raw-request.ts'
import { refuseCharset } from './body.ts'
import { HttpError } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The binary tensors behind the JSON of a V2 request, which is its body. */
    binary: Buffer | null
  }
}

const TYPES = ['application/json', 'application/octet-stream']

/** Bodies of V2: JSON, and behind it binary tensors, told apart by a header. Triton's client sends no Content-Type at all. */
export const v2BodyPlugin = fp(
  async (app) => {
    const { specs } = acceptedInputs(contract)

    function read(request: FastifyRequest, body: Buffer): Message {
      const headerLength = request.headers['inference-header-content-length']?.toString()
      return headerLength === '0' ? readRawRequest(body, specs) : splitMessage(body, headerLength)
    }

    app.decorateRequest('binary', null)
    app.removeAllContentTypeParsers()
    app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) => {
      const refusal = refuseType(request) ?? refuseCharset(request)
      if (refusal) return done(refusal)
      const { json, binary } = read(request, body)
      request.binary = binary
      done(null, json)
    })
  },
  { name: 'v2-body' },
)

function refuseType({ mediaType }: FastifyRequest): HttpError | undefined {
  if (mediaType === undefined || TYPES.includes(mediaType)) return undefined
  return new HttpError(415, `The body must be sent with Content-Type: ${TYPES.join(' or ')}, not with ${mediaType}.`)
}
