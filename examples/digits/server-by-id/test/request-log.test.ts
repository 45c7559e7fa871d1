import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { LIMIT, spawnServer } from './spawn.ts'

/** The lines that three requests leave. */
async function linesOf(settings: Record<string, string>): Promise<readonly Record<string, unknown>[]> {
  const server = spawnServer(settings)
  assert.ok(server.stdout)
  const requests: Record<string, unknown>[] = []
  for await (const text of createInterface({ input: server.stdout })) {
    const line: Record<string, unknown> = JSON.parse(text)
    if (line.msg === 'request') requests.push(line)
    const [, address] = /listening at (.*)/.exec(String(line.msg)) ?? []
    if (address === undefined) continue
    for (const id of ['a', 'b', 'c']) await fetch(`${address}/health`, { headers: { 'x-request-id': id } })
    server.kill('SIGTERM')
  }
  return requests
}

test('REQUEST_LOG=all is a line per request: its id, path, status and time', LIMIT, async () => {
  const lines = await linesOf({ REQUEST_LOG: 'all' })
  assert.deepEqual(
    lines.map(({ request_id }) => request_id),
    ['a', 'b', 'c'],
  )
  const [{ method, path, status, ms } = {}] = lines
  assert.deepEqual({ method, path, status }, { method: 'GET', path: '/health', status: 200 })
  assert.ok(Number(ms) > 0)
})

test('a sample of all is all, of none is none, and off is the default', LIMIT, async () => {
  assert.equal((await linesOf({ REQUEST_LOG: 'sampled', REQUEST_LOG_SAMPLE: '1' })).length, 3)
  assert.equal((await linesOf({ REQUEST_LOG: 'sampled', REQUEST_LOG_SAMPLE: '0' })).length, 0)
  assert.equal((await linesOf({})).length, 0)
})
