import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal } from '../guards/refusal.ts'
import { DataError, DeadlineExceeded, Unavailable } from '../ml/errors.ts'
import { describe } from '../transforms/elements.ts'
import { type Fault, InvalidInput } from '../transforms/errors.ts'
import { describeFaults } from '../v2/faults.ts'

/** A status with words for the caller. */
export class HttpError extends Error {
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** RFC 9457 problem details. */
interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly errors?: readonly Fault[]
  readonly request_id: string
}

/** Every error of every route is answered as application/problem+json; what is ours (5xx) is logged whole, and told without its inside. */
export const problemPlugin = fp(
  async (app) => {
    app.setErrorHandler<FastifyError>(answerProblem)
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id)
      // Here, and not in a handler: an unknown path is 404 whatever its body is.
      if (!request.is404) return done()
      done(new HttpError(404, `There is no ${request.method} ${pathOf(request)}: GET /docs lists what there is.`))
    })
  },
  { name: 'problem' },
)

export function answerProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, detail, errors } = explain(error, request)
  if (error instanceof Refusal) reply.headers(error.headers)
  if (error instanceof DataError && error.retryAfter) reply.header('retry-after', error.retryAfter)
  if (error instanceof Unavailable) reply.header('retry-after', error.retryAfter)
  // An overload must not fill the log as well: metrics count what was not even tried.
  else if (status >= 500 && !(error instanceof DeadlineExceeded))
    request.log.error({ err: error, path: pathOf(request) }, 'request failed')
  reply.header('x-request-id', request.id)
  if (isV2(request)) return answerV2({ status, detail, errors }, reply)
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance: pathOf(request),
    ...(errors && { errors }),
    request_id: request.id,
  }
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

interface Explanation {
  readonly status: number
  readonly detail: string
  readonly errors?: readonly Fault[] | undefined
}

/** The Open Inference Protocol has a form of its own, and one status for all that is wrong with a request. */
function answerV2({ status, detail, errors }: Explanation, reply: FastifyReply): FastifyReply {
  const error = errors ? describeFaults(errors) : detail
  // Without a charset: KServe's client reads the words of no other type.
  return reply
    .code(status === 422 ? 400 : status)
    .type('application/json')
    .serializer(JSON.stringify)
    .send({ error })
}

function explain(error: FastifyError, request: FastifyRequest): Explanation {
  if (error instanceof InvalidInput)
    return { status: 422, detail: 'The request does not fit the model.', errors: error.faults }
  if (error.validation) return explainValidation(error.validation, request)
  const status = error.statusCode ?? 500
  if (status === 415 && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const sent = request.headers['content-type'] ?? 'no Content-Type'
    return { status, detail: `The body must be sent with Content-Type: ${acceptedTypes(request)}, not with ${sent}.` }
  }
  if (error instanceof Unavailable || error instanceof DeadlineExceeded || error instanceof DataError)
    return { status, detail: error.message }
  if (status >= 500)
    return { status, detail: 'The server could not answer; its log has the reason under this request_id.' }
  return { status, detail: error.message }
}

function explainValidation(validation: NonNullable<FastifyError['validation']>, request: FastifyRequest): Explanation {
  if (request.body === undefined) return { status: 400, detail: 'The body is empty: send JSON.' }
  const errors = validation.map(({ instancePath, keyword, message, params }) => {
    const extra = keyword === 'additionalProperties' ? `: ${describe(params.additionalProperty)}` : ''
    return { pointer: instancePath, detail: `${message}${extra}` }
  })
  return { status: 422, detail: 'The body does not fit the schema of this route (GET /docs).', errors }
}

/** What the route's schema of the body lists; a plain schema is one of JSON. */
function acceptedTypes(request: FastifyRequest): string {
  const { content = { 'application/json': {} } } = Object(request.routeOptions.schema?.body)
  return Object.keys(content)
    .join(', ')
    .replace(/, ([^,]+)$/, ' or $1')
}

function isV2(request: FastifyRequest): boolean {
  return /^\/v2(\/|$)/.test(pathOf(request))
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1).join()
}
