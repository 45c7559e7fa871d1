import { setTimeout as sleep } from 'node:timers/promises'
import { DiagLogLevel, diag, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { FastifyBaseLogger } from 'fastify'
import type { Contract } from '../transforms/types.ts'

// Loaded only where there is a collector.

/** A collector that is away must not hold up the end. */
const FLUSH_MS = 3000
/** How often a collector that is away is told of. */
const TELL_MS = 60_000

export interface Exporter {
  readonly tracer: Tracer
  /** Sends what is left, if that is possible soon. */
  close(): Promise<void>
}

/** Spans are sent in the background, in batches, and given up when too many wait (OTEL_BSP_MAX_QUEUE_SIZE). */
export function openExporter(url: string, { name, model, template }: Contract, log: FastifyBaseLogger): Exporter {
  diag.setLogger(logger(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const own = resourceFromAttributes({
    'service.name': name,
    'inference.model.sha256': model.sha256,
    'inference.template.version': template.version,
  })
  const provider = new BasicTracerProvider({
    // The environment wins: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES.
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  })
  return {
    tracer: provider.getTracer('inference-server'),
    close: () => Promise.race([provider.shutdown().catch(() => undefined), sleep(FLUSH_MS, undefined, { ref: false })]),
  }
}

/** What OpenTelemetry has to say, at most once in a while. */
function logger(log: FastifyBaseLogger) {
  let toldAt = Number.NEGATIVE_INFINITY
  const tell = (message: string) => {
    if (performance.now() - toldAt < TELL_MS) return
    toldAt = performance.now()
    log.warn({ reason: message }, 'tracing')
  }
  const ignore = () => undefined
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }
}
