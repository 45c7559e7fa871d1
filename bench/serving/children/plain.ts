import Fastify from 'fastify'
import { portOf } from './server.ts'

const numbers = { type: 'array', items: { type: 'number' } }
const schema = {
  body: { type: 'object', required: ['data'], properties: { data: { type: 'array', items: numbers } } },
  response: { 200: { type: 'object', properties: { prediction: numbers } } },
}

export interface Request {
  readonly body: { readonly data: readonly number[][] }
}

/** What one writes in five minutes: Fastify as it comes, a schema for the body and one for the answer. Gives the port. */
export async function servePlain(handler: (request: Request) => Promise<object>): Promise<number> {
  const app = Fastify()
  app.post<{ Body: Request['body'] }>('/predict', { schema }, handler)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return portOf(app)
}
