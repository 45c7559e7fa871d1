import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { buildServer } from '../../../examples/iris/server/src/app.ts'
import type { loadConfig } from '../../../examples/iris/server/src/config.ts'
import type { contract } from '../../../examples/iris/server/src/contract.ts'
import type { Feature } from '../../../examples/iris/server/src/feature.ts'

export interface Server {
  readonly app: FastifyInstance
  readonly features: readonly Feature[]
  readonly contract: typeof contract
  /** The server's settings, as it understood the environment. */
  readonly config: Readonly<Record<string, unknown>>
}

/** A generated server from its dist/, as server.ts puts it together, but for the process; not listening. */
export async function loadServer(folder: string, more: readonly Feature[] = []): Promise<Server> {
  const load = (file: string) => import(pathToFileURL(join(folder, 'dist', file)).href)
  const own: { features: readonly Feature[] } = await load('features.js')
  const settings: { loadConfig: typeof loadConfig } = await load('config.js')
  const factory: { buildServer: typeof buildServer } = await load('app.js')
  const model: { contract: typeof contract } = await load('contract.js')
  const features = [...own.features, ...more]
  const config = settings.loadConfig(process.env, features)
  return { app: await factory.buildServer({ config, features }), features, contract: model.contract, config }
}

/** Listens on free loopback ports, warms up, and gives the ports: of HTTP, and of gRPC where it is on. */
export async function serve({ app, features }: Pick<Server, 'app' | 'features'>): Promise<Ports> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (const feature of features) await feature.listen?.(app)
  await app.warmUp()
  return { port: portOf(app), grpcPort: app.hasDecorator('grpc') ? Number(app.getDecorator<GrpcDoor>('grpc').port) : 0 }
}

export interface Ports {
  readonly port: number
  /** 0: there is none. */
  readonly grpcPort: number
}

interface GrpcDoor {
  readonly port: number
}

export function portOf(app: FastifyInstance): number {
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return address.port
}
