import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance, LogController, type RouteOptions } from 'fastify'
import { contract } from '../contract.ts'
import type { securitySchemes } from '../guards/openapi.ts'
import { answerProblem, HttpError } from '../plugins/problem.ts'
import { requestId } from '../request-id.ts'
import { schemaController } from '../validation.ts'

// Loaded when /docs is first asked for.

/** What the OpenAPI document says of a route. */
export type DescribedRoute = Required<Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config' | 'constraints'>>

export interface PagesOptions {
  /** The server that they describe. */
  readonly app: FastifyInstance
  readonly routes: readonly DescribedRoute[]
  readonly security: ReturnType<typeof securitySchemes>
}

/** An instance that listens nowhere and knows the server's routes by their schemas only: it answers /docs and what is below. */
export async function buildPages({ app, routes, security }: PagesOptions): Promise<FastifyInstance> {
  const pages: FastifyInstance = Fastify({
    loggerInstance: app.log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    return503OnClosing: false,
    schemaController,
  })
  // No request reaches the routes that are described.
  pages.setValidatorCompiler(() => () => true)
  pages.setErrorHandler(answerProblem)
  pages.setNotFoundHandler((request) => {
    throw new HttpError(404, `There is no ${request.method} ${request.url.split('?', 1).join()}.`)
  })
  const { name, model, template } = contract
  await pages.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: name, description: `Inference server of ${model.file}`, version: template.version },
      ...security,
    },
  })
  for (const schema of Object.values(app.getSchemas())) pages.addSchema(schema)
  for (const route of routes) pages.route({ ...route, exposeHeadRoute: false, handler: async () => undefined })
  await pages.register(swaggerUi, { routePrefix: '/docs' })
  await pages.ready()
  return pages
}
