import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { HttpError } from './problem.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Call after the last route: a method that a path does not answer is then 405 with `Allow`, not 404. */
    refuseOtherMethods(): void
  }
}

export const methodNotAllowedPlugin = fp(
  async (app) => {
    const paths = new Set<string>()
    app.addHook('onRoute', ({ url }) => {
      paths.add(url)
    })
    app.decorate('refuseOtherMethods', () => {
      for (const path of [...paths]) refuseOthers(app, path)
    })
  },
  { name: 'method-not-allowed' },
)

function refuseOthers(app: FastifyInstance, url: string): void {
  const allowed = app.supportedMethods.filter((method) => app.hasRoute({ url, method }))
  const allow = allowed.join(', ')
  app.route({
    url,
    method: app.supportedMethods.filter((method) => !allowed.includes(method)),
    schema: { hide: true },
    // Before the body is read: whatever it is, the method is wrong first.
    onRequest: async (request, reply) => {
      reply.header('allow', allow)
      throw new HttpError(405, `${request.method} is not allowed here, only ${allow}.`)
    },
    handler: async () => undefined,
  })
}
