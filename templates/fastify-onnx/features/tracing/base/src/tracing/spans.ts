import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import type { Call } from '../ml/call.ts'
import type { BatchEvent } from '../ml/events.ts'
import type { Job } from '../ml/job.ts'
import { timeOfDay } from './clock.ts'

/** A request as a door gets it. */
export interface Arrival {
  /** `Caller.origin`. */
  readonly origin: object
  readonly name: string
  readonly attributes: Attributes
  header(name: string): string | undefined
}

export interface Departure {
  readonly attributes: Attributes
  /** What kind of error, `error.type`: ours, not the caller's. */
  readonly failure: string | undefined
}

const w3c = new W3CTraceContextPropagator()
const readHeader = {
  get: (arrival: Arrival, name: string) => arrival.header(name),
  keys: () => ['traceparent', 'tracestate'],
}

/** The spans of requests, and of what happens to them. All times that come in are of `performance.now()`. */
export class Spans {
  readonly #tracer: Tracer
  readonly #requests = new WeakMap<object, Span>()

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  /** Begins the span of a request, in the caller's trace where it tells one. Gives it as the header `traceresponse` does. */
  open(arrival: Arrival): string {
    const parent = w3c.extract(ROOT_CONTEXT, arrival, readHeader)
    const { name, origin, attributes } = arrival
    const options = { kind: SpanKind.SERVER, attributes, startTime: timeOfDay(performance.now()) }
    const span = this.#tracer.startSpan(name, options, parent)
    this.#requests.set(origin, span)
    const { traceId, spanId, traceFlags } = span.spanContext()
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  }

  close(origin: object, { attributes, failure }: Departure): void {
    const span = this.#requests.get(origin)
    if (span === undefined) return
    this.#requests.delete(origin)
    span.setAttributes(attributes)
    if (failure !== undefined) span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR })
    span.end(timeOfDay(performance.now()))
  }

  /** Why a request fails. */
  explain(origin: object, error: Error): void {
    this.#requests.get(origin)?.recordException(error)
  }

  /** What a request did by itself; of the rest, its batches tell. */
  stages({ caller, startedAt, ms, totalMs, rows }: Call): void {
    const parent = this.#contextOf(caller.origin)
    if (parent === undefined) return
    trace.getSpan(parent)?.setAttribute('inference.rows', rows)
    this.#add('preprocess', parent, startedAt, startedAt + ms.preprocess)
    if (ms.postprocess > 0) this.#add('postprocess', parent, startedAt + totalMs - ms.postprocess, startedAt + totalMs)
  }

  /** A run of the model: one span in the trace of its first request, linked with all of them, and theirs with it. */
  batch({ jobs, startedAt, ms }: BatchEvent): void {
    const traced = jobs.flatMap((job) => {
      const parent = job.call && this.#contextOf(job.call.caller.origin)
      return parent ? [{ job, parent }] : []
    })
    const [first] = traced
    if (first === undefined) return
    const endedAt = startedAt + ms
    const span = this.#tracer.startSpan(
      'batch',
      {
        startTime: timeOfDay(startedAt),
        attributes: { 'inference.rows': rowsOf(jobs), 'inference.requests': jobs.length },
        links: traced.flatMap(({ parent }) => linkTo(trace.getSpan(parent))),
      },
      first.parent,
    )
    span.end(timeOfDay(endedAt))
    for (const { job, parent } of traced) {
      this.#add('queue', parent, job.queuedAt, startedAt)
      this.#add('inference', parent, startedAt, endedAt, span)
    }
  }

  #add(name: string, parent: Context, startedAt: number, endedAt: number, linked?: Span): void {
    const options = { startTime: timeOfDay(startedAt), links: linkTo(linked) }
    this.#tracer.startSpan(name, options, parent).end(timeOfDay(endedAt))
  }

  /** undefined: the request is not sampled, or not traced at all. */
  #contextOf(origin: object): Context | undefined {
    const span = this.#requests.get(origin)
    return span?.isRecording() ? trace.setSpan(ROOT_CONTEXT, span) : undefined
  }
}

function linkTo(span: Span | undefined) {
  return span ? [{ context: span.spanContext() }] : []
}

function rowsOf(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { rows }) => sum + rows, 0)
}
