import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startServer } from './server.ts'

/** A span as OTLP has it; times in nanoseconds since 1970. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
  readonly traceState?: string
  readonly events?: readonly { readonly name: string; readonly attributes: Span['attributes'] }[]
}

export interface Collector {
  readonly url: string
  readonly spans: Span[]
  /** Of what sends them. */
  readonly resources: Record<string, unknown>[]
  /** From now on, it takes spans and does not answer, until it is let. */
  hold(): void
  release(): void
}

/** What a collector of OpenTelemetry is: an HTTP server that takes OTLP as JSON. */
export async function startCollector(t: TestContext): Promise<Collector> {
  const spans: Span[] = []
  const resources: Record<string, unknown>[] = []
  let open = Promise.resolve()
  let release = (): void => undefined
  const server = createServer(async (request, response) => {
    const { resourceSpans } = Object(await json(request))
    for (const { resource, scopeSpans } of request.url === '/v1/traces' ? resourceSpans : []) {
      resources.push(attributesOf(resource))
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    await open
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const hold = () => {
    open = new Promise((resolve) => {
      release = resolve
    })
  }
  return { url: `http://127.0.0.1:${address.port}`, spans, resources, hold, release: () => release() }
}

/** Of a span, or of what sends it. */
export function attributesOf({ attributes }: Pick<Span, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}

/** The real server, which sends its spans at the latest when it is closed. */
export async function traced(
  t: TestContext,
  run: (app: FastifyInstance, collector: Collector) => Promise<unknown>,
  settings: Record<string, string> = {},
): Promise<Collector> {
  const collector = await startCollector(t)
  const app = await startServer({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...settings })
  try {
    await run(app, collector)
  } finally {
    await app.close()
  }
  return collector
}
