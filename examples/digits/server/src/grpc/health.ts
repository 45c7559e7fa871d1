import { Unavailable } from '../ml/errors.ts'
import { HttpError } from '../plugins/problem.ts'
import type { Readiness } from '../plugins/readiness.ts'
import { Health, type HealthCheckResponseSchema, HealthCheckResponse_ServingStatus as Status } from './health_pb.ts'
import type { AnswerStream, Methods } from './methods.ts'
import { GRPCInferenceService } from './open_inference_pb.ts'

/** What can be asked about; the empty name is the server as a whole. */
const SERVICES: readonly string[] = ['', GRPCInferenceService.typeName, Health.typeName]
/** Readiness tells nobody when it changes: it is asked, while somebody watches. */
const INTERVAL_MS = 500

type Stream = AnswerStream<typeof HealthCheckResponseSchema>

/** gRPC's own health checks (grpc.health.v1): serving while /health/ready is 200. */
export function addHealthService(methods: Methods, watches: HealthWatches): void {
  methods.unary(Health.method.check, ({ service }) => {
    if (SERVICES.includes(service)) return { status: watches.status }
    throw new HttpError(404, `There is no service ${JSON.stringify(service)} here.`)
  })
  // A service that is not there is no error here, by the protocol: it may still come.
  methods.serverStreaming(Health.method.watch, ({ service }, stream) => watches.add(stream, SERVICES.includes(service)))
}

/** Those who want to hear of changes. */
export class HealthWatches {
  readonly #readiness: Readiness
  /** Whether each is about something that is here. */
  readonly #streams = new Map<Stream, boolean>()
  #last: Status = Status.UNKNOWN
  #timer: NodeJS.Timeout | undefined

  constructor(readiness: Readiness) {
    this.#readiness = readiness
  }

  get status(): typeof Status.SERVING | typeof Status.NOT_SERVING {
    return this.#readiness.isReady() ? Status.SERVING : Status.NOT_SERVING
  }

  add(stream: Stream, isKnown: boolean): void {
    this.#tell()
    stream.send({ status: isKnown ? this.#last : Status.SERVICE_UNKNOWN })
    this.#streams.set(stream, isKnown)
    stream.onEnd(() => this.#remove(stream))
    this.#timer ??= setInterval(() => this.#tell(), INTERVAL_MS).unref()
  }

  /** A watch would keep its connection open for ever. */
  end(): void {
    this.#tell()
    for (const stream of this.#streams.keys()) {
      stream.fail(new Unavailable('The server is stopping.'))
      this.#remove(stream)
    }
  }

  #tell(): void {
    const { status } = this
    if (status === this.#last) return
    this.#last = status
    for (const [stream, isKnown] of this.#streams) if (isKnown) stream.send({ status })
  }

  #remove(stream: Stream): void {
    this.#streams.delete(stream)
    if (this.#streams.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
