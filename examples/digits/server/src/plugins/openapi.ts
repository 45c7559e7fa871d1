import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { contract } from '../contract.ts'

/** GET /docs: a page made from the same schemas that check the requests. Everything on it is served from here. */
export const openapiPlugin = fp(
  async (app) => {
    const { name, model, template } = contract
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: name, description: `Inference server of ${model.file}`, version: template.version },
      },
    })
    await app.register(swaggerUi, { routePrefix: '/docs' })
  },
  { name: 'openapi' },
)
