import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Json, Prediction, Tensors } from '../transforms/types.ts'
import type { Call } from './call.ts'
import type { Job } from './job.ts'
import type { PredictBody } from './pipeline.ts'

/**
 * What happens here, for those who watch: metrics, the prediction log, tracing. They subscribe to a channel by its name with
 * `node:diagnostics_channel`, or with `watch`; one without subscribers costs nothing. A listener must not throw: that would
 * end the process.
 */
export const CHANNELS = {
  /** RequestEvent, when a prediction is made. */
  request: 'inference-server.request',
  /** BatchEvent, after each run of the model. */
  batch: 'inference-server.batch',
  /** ThreadEvent, when an inference thread has ended by itself. */
  thread: 'inference-server.thread',
  /** DoorEvent, when a door other than HTTP gets a request and when it has answered. Of HTTP, Fastify's hooks tell. */
  door: 'inference-server.door',
} as const

interface Event {
  /** The model that it happened to, `app.model`: a process may hold several servers, as tests do. */
  readonly source: object
}

/** A request that has been through the pipeline. */
export type RequestEvent = PredictEvent | RawEvent

interface PredictEvent extends Event {
  readonly kind: 'predict'
  readonly call: Call
  /** As it came, and as it will go. */
  readonly input: PredictBody
  readonly output: Json
  /** What postprocess gave. */
  readonly prediction: Prediction
}

/** Of the model without pre- and postprocess. */
interface RawEvent extends Event {
  readonly kind: 'raw'
  readonly call: Call
  readonly input: Tensors
  readonly output: Tensors
}

/** Times in milliseconds of `performance.now()`. */
export interface BatchEvent extends Event {
  readonly jobs: readonly Job[]
  readonly startedAt: number
  readonly ms: number
}

export interface ThreadEvent extends Event {
  readonly reason: string
}

export type DoorEvent = OpenedEvent | ClosedEvent

interface OpenedEvent extends Event {
  readonly kind: 'opened'
  /** As `Caller.origin`. */
  readonly origin: object
  /** Such as `inference.GRPCInferenceService/ModelInfer`. */
  readonly method: string
  header(name: string): string | undefined
  /** Adds a header to the answer. */
  respond(name: string, value: string): void
}

interface ClosedEvent extends Event {
  readonly kind: 'closed'
  readonly origin: object
  /** The status of gRPC. */
  readonly code: number
}

interface EventOf {
  readonly door: DoorEvent
  readonly request: RequestEvent
  readonly batch: BatchEvent
  readonly thread: ThreadEvent
}

const request = channel(CHANNELS.request)
const batch = channel(CHANNELS.batch)
const thread = channel(CHANNELS.thread)
const door = channel(CHANNELS.door)

export function publishRequest(event: RequestEvent): void {
  if (request.hasSubscribers) request.publish(event)
}

export function publishBatch(event: BatchEvent): void {
  if (batch.hasSubscribers) batch.publish(event)
}

export function publishThread(event: ThreadEvent): void {
  if (thread.hasSubscribers) thread.publish(event)
}

export function publishDoor(event: DoorEvent): void {
  if (door.hasSubscribers) door.publish(event)
}

/** Whether it is worth to look closely at a request that comes to a door. */
export function watchesDoors(): boolean {
  return door.hasSubscribers
}

/** Calls `listener` for what happens to one model, until the function that it returns is called. */
export function watch<Kind extends keyof EventOf>(
  kind: Kind,
  source: object,
  listener: (event: EventOf[Kind]) => void,
): () => void {
  const name = CHANNELS[kind]
  const hear = (message: unknown) => {
    // Channels have no type: it is what the functions above publish.
    const event = message as EventOf[Kind]
    if (event.source === source) listener(event)
  }
  subscribe(name, hear)
  return () => unsubscribe(name, hear)
}
