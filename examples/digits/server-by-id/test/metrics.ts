import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'

/** The series of the text format: `name{label="value"}` and its number. */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

/** GET /metrics of a server in this process. */
export async function readMetrics(app: FastifyInstance): Promise<ReadonlyMap<string, number>> {
  const response = await app.inject({ method: 'GET', url: '/metrics' })
  assert.equal(response.statusCode, 200, response.body)
  return parseMetrics(response.body)
}
