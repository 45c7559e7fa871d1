import type { Feature } from '../feature.ts'
import { watch } from '../ml/events.ts'
import { traceGrpc } from './grpc.ts'
import { traceHttp } from './http.ts'
import { collectorUrl, env } from './settings.ts'
import type { Spans } from './spans.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** null: nothing is traced. */
    spans: Spans | null
  }
}

/** Traces by OpenTelemetry: requests, in the trace of their callers, their stages, and the batches that they were part of. */
export const feature: Feature<typeof env> = {
  name: 'tracing',
  env,
  async prepare(app, { config, contract, log }) {
    const url = collectorUrl(config)
    log.info(url ? `tracing: to ${url}` : 'tracing: off, as OTEL_EXPORTER_OTLP_ENDPOINT names no collector')
    if (url === undefined) return void app.decorate('spans', null)
    const [{ openExporter }, { Spans }] = await Promise.all([import('./exporter.ts'), import('./spans.ts')])
    const exporter = openExporter(url, contract, log)
    app.addHook('onClose', () => exporter.close())
    const spans = new Spans(exporter.tracer)
    app.decorate('spans', spans)
    traceHttp(app, spans)
  },
  register(app) {
    const { spans, model } = app
    if (!spans) return
    const unwatch = [
      traceGrpc(model, spans),
      watch('batch', model, (event) => spans.batch(event)),
      watch('request', model, ({ call }) => spans.stages(call)),
    ]
    app.addHook('onClose', async () => {
      for (const stop of unwatch) stop()
    })
  },
}
