import type { Server } from 'node:http'
import Fastify, { type FastifyHttpOptions, type FastifyInstance, LogController } from 'fastify'
import type { Config } from './config.ts'
import { contract } from './contract.ts'
import type { Feature } from './feature.ts'
import { parseProxies } from './guards/proxies.ts'
import { loggerOptions } from './logger.ts'
import { bodyLimit } from './ml/body-limit.ts'
import type { Pipeline } from './ml/pipeline.ts'
import { bodyPlugin } from './plugins/body.ts'
import { callPlugin } from './plugins/call.ts'
import { answerClientError } from './plugins/client-error.ts'
import { connectionsPlugin } from './plugins/connections.ts'
import { corsPlugin } from './plugins/cors.ts'
import { drainPlugin } from './plugins/drain.ts'
import { guardsPlugin } from './plugins/guards.ts'
import { methodNotAllowedPlugin } from './plugins/method-not-allowed.ts'
import { metricsPlugin } from './plugins/metrics.ts'
import { openapiPlugin } from './plugins/openapi.ts'
import { predictionLogPlugin } from './plugins/prediction-log.ts'
import { predictorPlugin } from './plugins/predictor.ts'
import { answerProblem, problemPlugin } from './plugins/problem.ts'
import { profilePlugin } from './plugins/profile.ts'
import { readinessPlugin } from './plugins/readiness.ts'
import { requestLogPlugin } from './plugins/request-log.ts'
import { securityHeadersPlugin } from './plugins/security-headers.ts'
import { tlsPlugin, wantsTls } from './plugins/tls.ts'
import { warmUpPlugin } from './plugins/warm-up.ts'
import { requestId } from './request-id.ts'
import { RequestLogger } from './request-logger.ts'
import { healthRoutes } from './routes/health.ts'
import { metadataRoutes } from './routes/metadata.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { predictRoutes } from './routes/predict.ts'
import { v2Routes } from './routes/v2.ts'
import { schemaController } from './validation.ts'

/** Headers fit into one or two packets: whoever takes longer does so on purpose. */
const HEADERS_TIMEOUT_MS = 10_000
const TIMEOUT_CHECK_MS = 2000
/** On a connection with a request nothing has moved, in either direction: the caller does not read. Longer than any run of a model. */
const STALLED_MS = 300_000

export interface ServerOptions {
  readonly config: Config
  readonly features: readonly Feature[]
}

/** The whole server, not listening and not warmed up yet: server.ts and the tests use this one factory. Throws ModelFileError. */
export async function buildServer({ config, features }: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify(fastifyOptions({ config, features }))
  const context = { config, contract, log: app.log }
  const wrap = (pipeline: Pipeline) =>
    features.reduce((inner, each) => each.wrap?.(inner, context, app) ?? inner, pipeline)

  for (const feature of features) await feature.prepare?.(app, context)
  await app.register(connectionsPlugin, { config })
  await app.register(readinessPlugin, { features })
  await app.register(drainPlugin)
  await app.register(tlsPlugin, { config })
  await app.register(securityHeadersPlugin, { config })
  await app.register(corsPlugin, { config })
  await app.register(guardsPlugin, { config })
  await app.register(problemPlugin)
  await app.register(methodNotAllowedPlugin)
  await app.register(requestLogPlugin, { config })
  await app.register(bodyPlugin)
  await app.register(callPlugin, { config })
  await app.register(openapiPlugin, { config })
  await app.register(predictorPlugin, { config, wrap })
  await app.register(metricsPlugin, { config })
  await app.register(predictionLogPlugin, { config })
  await app.register(profilePlugin, { config })
  await app.register(warmUpPlugin)

  await app.register(healthRoutes)
  await app.register(metadataRoutes)
  await app.register(metricsRoutes)
  await app.register(predictRoutes)
  await app.register(v2Routes)
  for (const feature of features) await feature.register?.(app, context)

  app.refuseOtherMethods()
  return app
}

function fastifyOptions({ config, features }: ServerOptions): FastifyHttpOptions<Server> {
  const limits = features.map((feature) => feature.bodyLimit?.({ config, contract }) ?? 0)
  return {
    logger: loggerOptions(config),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    childLoggerFactory: (logger, bindings, options) => new RequestLogger(logger, bindings, options),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    bodyLimit: config.BODY_LIMIT || Math.max(bodyLimit(contract), ...limits),
    // Requests on connections that are still open are answered to the end, also while closing.
    return503OnClosing: false,
    frameworkErrors: answerProblem,
    clientErrorHandler: answerClientError,
    trustProxy: parseProxies(config.TRUST_PROXY),
    ...connectionTimeouts(config),
    schemaController,
  }
}

/** Of callers that are too slow, each in its own way: none can hold a connection, and what it costs, for ever. */
function connectionTimeouts(config: Config): FastifyHttpOptions<Server> {
  const http = {
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, config.RECEIVE_TIMEOUT_MS),
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  }
  return {
    // Longer than the idle timeout of load balancers (60 s is common), or they send requests into closing connections.
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: config.RECEIVE_TIMEOUT_MS,
    connectionTimeout: STALLED_MS,
    // plugins/tls.ts gives it its certificate.
    ...(wantsTls(config) ? { https: { ...http, handshakeTimeout: HEADERS_TIMEOUT_MS } } : { http }),
  }
}
