import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import type { Config } from './config.ts'
import { contract } from './contract.ts'
import type { Feature } from './feature.ts'
import { bodyLimit } from './ml/body-limit.ts'
import type { Pipeline } from './ml/pipeline.ts'
import { bodyPlugin } from './plugins/body.ts'
import { methodNotAllowedPlugin } from './plugins/method-not-allowed.ts'
import { openapiPlugin } from './plugins/openapi.ts'
import { predictorPlugin } from './plugins/predictor.ts'
import { answerProblem, problemPlugin } from './plugins/problem.ts'
import { readinessPlugin } from './plugins/readiness.ts'
import { requestLogPlugin } from './plugins/request-log.ts'
import { warmUpPlugin } from './plugins/warm-up.ts'
import { healthRoutes } from './routes/health.ts'
import { metadataRoutes } from './routes/metadata.ts'
import { predictRoutes } from './routes/predict.ts'

export interface ServerOptions {
  readonly config: Config
  readonly features: readonly Feature[]
}

/** The whole server, not listening and not warmed up yet: server.ts and the tests use this one factory. Throws ModelFileError. */
export async function buildServer({ config, features }: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify(fastifyOptions({ config, features }))
  const context = { config, contract, log: app.log }
  const wrap = (pipeline: Pipeline) => features.reduce((inner, each) => each.wrap?.(inner, context) ?? inner, pipeline)

  await app.register(problemPlugin)
  await app.register(methodNotAllowedPlugin)
  await app.register(requestLogPlugin, { config })
  await app.register(bodyPlugin)
  await app.register(openapiPlugin)
  await app.register(readinessPlugin, { features })
  await app.register(predictorPlugin, { config, wrap })
  await app.register(warmUpPlugin)

  await app.register(healthRoutes)
  await app.register(metadataRoutes)
  await app.register(predictRoutes)
  for (const feature of features) await feature.register?.(app, context)

  app.refuseOtherMethods()
  return app
}

function fastifyOptions({ config, features }: ServerOptions): FastifyServerOptions {
  const limits = features.map((feature) => feature.bodyLimit?.({ config, contract }) ?? 0)
  return {
    logger: {
      level: config.LOG_LEVEL,
      ...(config.LOG_FORMAT === 'text' && { transport: { target: 'pino-pretty' } }),
    },
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: (request) => saneRequestId(request.headers['x-request-id']) ?? randomUUID(),
    bodyLimit: config.BODY_LIMIT || Math.max(bodyLimit(contract), ...limits),
    // Requests on connections that are still open are answered to the end, also while closing.
    return503OnClosing: false,
    frameworkErrors: answerProblem,
    // Nothing is converted or dropped on the way to the model: null is not 0, and a misspelt key is an error.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allowUnionTypes: true } },
  }
}

/** The caller's id, when it can stand in a header and in a log line. */
function saneRequestId(id: string | string[] | undefined): string | undefined {
  return typeof id === 'string' && /^[\w.:-]{1,128}$/.test(id) ? id : undefined
}
