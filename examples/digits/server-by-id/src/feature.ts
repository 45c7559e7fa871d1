import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import type { Pipeline } from './ml/pipeline.ts'
import type { Settings, Values } from './settings.ts'
import type { Contract } from './transforms/types.ts'

/** An option of the server: a folder of its own, and one entry in features.ts. */
export interface Feature<Env extends Settings = Settings> {
  readonly name: string
  /** The environment variables that it reads; config.ts adds them to the server's own. */
  readonly env: Env
  /** Stands in the way of requests: replaces parts of the pipeline, such as decode with a cache in front of it. */
  wrap?(pipeline: Pipeline, context: FeatureContext<Env>, app: FastifyInstance): Pipeline
  /**
   * Once for all processes, before any of them loads the model: what has to be there by then. A stop signal ends it at once.
   * Throws ModelFileError.
   */
  provide?(context: FeatureContext<Env>): Promise<void>
  /** How large a body it needs, in bytes, where BODY_LIMIT leaves that open. */
  bodyLimit?(context: Omit<FeatureContext<Env>, 'log'>): number
  /** Adds hooks that every route is to have: called before there is any, and before all other hooks. */
  prepare?(app: FastifyInstance, context: FeatureContext<Env>): void | Promise<void>
  /** Adds doors: routes, another listener. Close with `app.addHook('onClose', ...)` what is opened here. */
  register?(app: FastifyInstance, context: FeatureContext<Env>): void | Promise<void>
  /** Opens the doors of its own, when HTTP is open. Throws ConfigError. */
  listen?(app: FastifyInstance): Promise<void>
  /** The model has answered its sample: what takes a while can begin. */
  warmedUp?(app: FastifyInstance): void
  /** While one feature is not ready, the server is not. */
  ready?(app: FastifyInstance): boolean
}

export interface FeatureContext<Env extends Settings = Settings> {
  readonly config: Config & Values<Env>
  readonly contract: Contract
  readonly log: FastifyBaseLogger
}
