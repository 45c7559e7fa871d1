import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { securitySchemes } from '../guards/openapi.ts'
import type { DescribedRoute } from '../openapi/pages.ts'

/** Those of @fastify/swagger-ui, so that each is guarded, counted and refused like any other route. */
const PATHS = ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/*'] as const

/**
 * GET /docs: a page made from the same schemas that check the requests. Everything on it is served from here. It is made when
 * it is first asked for: its code is as much as that of all the rest, and few servers are ever asked.
 */
export const openapiPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const routes: DescribedRoute[] = []
    app.addHook('onRoute', ({ method, url, schema = {}, config = {}, constraints = {} }) => {
      if (method !== 'HEAD' && schema.hide !== true) routes.push({ method, url, schema, config, constraints })
    })

    let pages: Promise<FastifyInstance> | undefined
    async function openPages(): Promise<FastifyInstance> {
      const { buildPages } = await import('../openapi/pages.ts')
      return buildPages({ app, routes, security: securitySchemes(config) })
    }
    for (const path of PATHS) {
      app.get(path, { schema: { hide: true } }, async (request, reply) => {
        pages ??= openPages().catch((error: unknown) => {
          pages = undefined
          throw error
        })
        passOn(request, reply, await pages)
      })
    }
    app.addHook('onClose', async () => (await pages)?.close())
  },
  { name: 'openapi' },
)

/** Lets another instance answer, with the headers that this one has set, and under the same id. */
function passOn(request: FastifyRequest, reply: FastifyReply, other: FastifyInstance): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  request.raw.headers['x-request-id'] = request.id
  reply.hijack()
  other.routing(request.raw, reply.raw)
}
