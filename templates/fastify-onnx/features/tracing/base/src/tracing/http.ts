import type { FastifyInstance } from 'fastify'
import type { Spans } from './spans.ts'

/** Asked every few seconds, by machines. */
const UNTRACED = /^\/(v2\/)?(health(\/|$)|metrics$)|\/ready$/

/** A span for each request of HTTP; the answer tells of it in the header `traceresponse` (W3C Trace Context). */
export function traceHttp(app: FastifyInstance, spans: Spans): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { method, headers, id, routeOptions } = request
    const route = request.is404 ? undefined : routeOptions.url
    if (route !== undefined && UNTRACED.test(route)) return done()
    const traceresponse = spans.open({
      origin: request.raw,
      name: route === undefined ? method : `${method} ${route}`,
      attributes: {
        'http.request.method': method,
        'url.path': request.url.split('?', 1).join(),
        ...(route !== undefined && { 'http.route': route }),
        'inference.request_id': id,
      },
      header: (name) => headers[name]?.toString(),
    })
    reply.header('traceresponse', traceresponse)
    // Also when the caller hangs up.
    reply.raw.once('close', () => {
      const { statusCode } = reply
      const attributes = { 'http.response.status_code': statusCode }
      spans.close(request.raw, { attributes, failure: statusCode >= 500 ? String(statusCode) : undefined })
    })
    done()
  })
  // What nobody expected, with its stack; of the others, the status tells.
  app.addHook('onError', (request, _reply, error, done) => {
    if ((error.statusCode ?? 500) === 500) spans.explain(request.raw, error)
    done()
  })
}
