import { watch } from '../ml/events.ts'
import type { Spans } from './spans.ts'

/** Asked every few seconds, by machines. */
const UNTRACED = /^grpc\.health\.|\/(ServerLive|ServerReady|ModelReady)$/
/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: what OpenTelemetry holds to be the server's fault. */
const FAILED: readonly number[] = [2, 4, 12, 13, 14, 15]

/** A span for each call of gRPC, where that option is on; its metadata are what headers are over HTTP. */
export function traceGrpc(source: object, spans: Spans): () => void {
  return watch('door', source, (event) => {
    const { origin } = event
    if (event.kind === 'closed') {
      const failure = FAILED.includes(event.code) ? String(event.code) : undefined
      return spans.close(origin, { attributes: { 'rpc.grpc.status_code': event.code }, failure })
    }
    if (UNTRACED.test(event.method)) return
    const [service = '', method = ''] = event.method.split('/')
    const traceresponse = spans.open({
      origin,
      name: event.method,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': service,
        'rpc.method': method,
        'inference.request_id': event.header('x-request-id'),
      },
      header: (name) => event.header(name),
    })
    event.respond('traceresponse', traceresponse)
  })
}
