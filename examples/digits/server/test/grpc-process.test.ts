import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { failureOf, GrpcClient } from './grpc-client.ts'
import { LIMIT, outcomeOf, spawnServer } from './spawn.ts'

interface Served {
  readonly process: ChildProcess
  readonly port: number
}

/** A server in as many processes, all of them with the port of gRPC open. */
async function serve(t: TestContext, processes: number): Promise<Served> {
  const child = spawnServer({ PROCESSES: String(processes) })
  t.after(() => child.kill('SIGKILL'))
  assert.ok(child.stdout)
  let open = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /gRPC at [\d.]+:(\d+)/.exec(line)?.[1]
    if (port !== undefined) open += 1
    if (port !== undefined && open === processes) return { process: child, port: Number(port) }
  }
  throw new Error('the server exited before it listened')
}

/** Asks until it is refused a connection. Fails when a call fails that was not refused so. */
async function askUntilStopped(client: GrpcClient): Promise<number> {
  for (let answers = 0; ; answers += 1) {
    try {
      await client.serverMetadata({})
    } catch (error) {
      const { code, details } = await failureOf(Promise.reject(error))
      assert.equal(code, status.UNAVAILABLE, details)
      assert.match(details, /ECONNREFUSED|No connection established/)
      return answers
    }
  }
}

for (const processes of [1, 2]) {
  test(
    `of ${processes} process(es), SIGTERM fails no call: callers find the port closed, then it exits with 0`,
    LIMIT,
    async (t) => {
      const served = await serve(t, processes)
      const clients = Array.from({ length: 8 }, () => new GrpcClient(served.port))
      t.after(() => {
        for (const client of clients) client.close()
      })
      await Promise.all(clients.map((client) => client.serverMetadata({})))
      const asked = Promise.all(clients.map(askUntilStopped))
      served.process.stdout?.resume()
      const exited = once(served.process, 'exit')
      served.process.kill('SIGTERM')
      for (const answers of await asked) assert.ok(answers > 0)
      assert.deepEqual(await exited, [0, null])
    },
  )
}

test('a port of gRPC that is in use is one line that names it, and exit code 1', LIMIT, async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  assert.ok(address !== null && typeof address === 'object')
  const { code, stderr } = await outcomeOf(spawnServer({ GRPC_PORT: String(address.port) }))
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^✖ .*gRPC.*${address.port}.*GRPC_PORT.*\\n$`))
})
