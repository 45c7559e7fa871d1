import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { HttpError } from '../plugins/problem.ts'

/** What `npm run edge:export` writes. */
const EXPORT = fileURLToPath(new URL('../../edge/web/', import.meta.url))
/** Named by the version of what they hold: never another file under the same address. */
const IMMUTABLE = /\/ort\/\d+\.\d+\.\d+[^/]*\//

/** The page gets memory that threads share only when no other site can be in it, and runs no code but its own. */
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
}

/** GET /edge/: the page that runs the model in the browser. Files are looked up when they are asked for: exporting needs no restart. */
export async function hostPage(app: FastifyInstance): Promise<void> {
  await app.register(
    async (scope) => {
      scope.addHook('onRequest', async (_request, reply) => {
        if (!existsSync(`${EXPORT}index.html`)) {
          throw new HttpError(
            404,
            'Nothing is exported for browsers: run `npm run edge:export` in the folder of the server.',
          )
        }
        reply.headers(HEADERS)
      })
      scope.setNotFoundHandler((request) => {
        throw new HttpError(404, `The export has no ${request.url.split('?', 1).join()}.`)
      })
      // The page finds its files from the folder on: without the slash it would look beside it.
      scope.get('', { schema: { hide: true } }, (_request, reply) => reply.redirect('edge/'))
      await scope.register(fastifyStatic, {
        root: EXPORT,
        // It may be written later.
        suppressWarning: true,
        schemaHide: true,
        cacheControl: false,
        setHeaders: (reply, path) => reply.header('cache-control', cacheControl(path)),
      })
    },
    { prefix: '/edge' },
  )
}

/** Else asked for again each time, and answered 304 when nothing has changed. */
function cacheControl(path: string): string {
  return IMMUTABLE.test(path.replaceAll('\\', '/')) ? 'public, max-age=31536000, immutable' : 'no-cache'
}
