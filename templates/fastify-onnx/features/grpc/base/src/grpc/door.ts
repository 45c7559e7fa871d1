import { once } from 'node:events'
import { createServer, type Server as SocketServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { type ConnectionInjector, Server, ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'
import { type Config, ConfigError } from '../config.ts'
import { limitConnections } from '../plugins/connections.ts'
import { Methods } from './methods.ts'
import type { GrpcSettings } from './settings.ts'
import type { Explain } from './status.ts'

/** Requests of one connection at a time; more wait in the client. */
const MAX_STREAMS = 256
/** Whether a silent caller is still there, is asked after the one, for as long as the other. */
const PING_AFTER_MS = 60_000
const PING_TIMEOUT_MS = 20_000
const HANDSHAKE_TIMEOUT_MS = 10_000

export interface DoorOptions {
  readonly app: FastifyInstance
  readonly config: Config & GrpcSettings
  readonly explain: Explain
  /** In front of all methods, the first one outermost. */
  readonly interceptors: readonly ServerInterceptor[]
}

/**
 * The port of gRPC. Connections are accepted here and handed to grpc-js, so that they have the certificate, its renewal and the
 * limits that those of HTTP have.
 */
export class GrpcDoor {
  readonly methods: Methods
  readonly #options: DoorOptions
  readonly #server: Server
  readonly #injector: ConnectionInjector
  readonly #sockets: SocketServer

  constructor(options: DoorOptions) {
    const { app, config, explain, interceptors } = options
    this.#options = options
    this.#server = new Server({
      'grpc.max_receive_message_length': app.initialConfig.bodyLimit ?? 0,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': MAX_STREAMS,
      'grpc.max_connection_idle_ms': config.KEEP_ALIVE_TIMEOUT_MS,
      'grpc.keepalive_time_ms': PING_AFTER_MS,
      'grpc.keepalive_timeout_ms': PING_TIMEOUT_MS,
      'grpc.enable_channelz': 0,
      interceptors: [...interceptors],
    })
    this.methods = new Methods(this.#server, explain)
    // TLS, where it is on, ends before: what is handed on is plain.
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure())
    this.#sockets = app.certificate ? acceptTls(app.certificate) : createServer()
    limitConnections(this.#sockets, config.MAX_CONNECTIONS, app.log)
    this.#sockets.on(app.certificate ? 'secureConnection' : 'connection', (socket) => {
      socket.on('error', () => socket.destroy())
      // A handshake may end when all is over.
      if (!this.#sockets.listening) socket.destroy()
      if (!socket.destroyed) this.#injector.injectConnection(socket)
    })
  }

  /** The port on which it listens. */
  get port(): number {
    const address = this.#sockets.address()
    if (address === null || typeof address === 'string') throw new Error('gRPC does not listen')
    return address.port
  }

  /** Throws ConfigError. */
  async listen(): Promise<void> {
    const { app, config } = this.#options
    const { HOST: host, GRPC_PORT: port } = config
    try {
      await once(this.#sockets.listen({ host, port }), 'listening')
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ConfigError(`cannot open the port of gRPC (${reason}): choose another one with GRPC_PORT`, { cause })
    }
    app.log.info(`gRPC at ${host}:${this.port}`)
  }

  stopListening(): void {
    if (this.#sockets.listening) this.#sockets.close()
  }

  /** Lets calls finish, and ends those that have not after the time. */
  async finish(timeoutMs: number): Promise<void> {
    const timer = new AbortController()
    const finished = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()))
    const late = sleep(timeoutMs, undefined, { signal: timer.signal, ref: false }).catch(() => undefined)
    await Promise.race([finished, late])
    timer.abort()
    this.#server.forceShutdown()
  }
}

/** New connections get the certificate that is in the files, as those of HTTP do (plugins/tls.ts). */
function acceptTls(certificate: NonNullable<FastifyInstance['certificate']>): SocketServer {
  let current = certificate.value
  const server = createTlsServer({ ...current, ALPNProtocols: ['h2'], handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
  server.prependListener('connection', () => {
    if (certificate.value === current) return
    current = certificate.value
    server.setSecureContext(current)
  })
  return server
}
