import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import { securitySchemes } from '../guards/openapi.ts'

/** GET /docs: a page made from the same schemas that check the requests. Everything on it is served from here. */
export const openapiPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const { name, model, template } = contract
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: name, description: `Inference server of ${model.file}`, version: template.version },
        ...securitySchemes(config),
      },
    })
    await app.register(swaggerUi, { routePrefix: '/docs' })
  },
  { name: 'openapi' },
)
