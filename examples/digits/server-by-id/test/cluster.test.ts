import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface, type Interface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { contract } from '../src/contract.ts'
import { addressOf, LIMIT, outcomeOf, spawnServer } from './spawn.ts'

const TWO = { PROCESSES: '2' }

interface Served {
  readonly supervisor: ChildProcess
  readonly address: string
  readonly lines: Lines
}

/** A line of the log. */
interface Line {
  readonly pid: number
  readonly msg: string
}

/** The log, line by line, none of them twice. */
class Lines {
  readonly #lines: AsyncIterator<string>

  constructor(lines: Interface) {
    this.#lines = lines[Symbol.asyncIterator]()
  }

  /** The next one whose message fits. Throws when the server ends without it. */
  async next(message: RegExp): Promise<Line> {
    for (;;) {
      const { done, value } = await this.#lines.next()
      if (done) throw new Error(`the server ended without saying ${message}`)
      const line: Line = JSON.parse(value)
      if (message.test(line.msg)) return line
    }
  }
}

/** Two processes, both listening. */
async function serveTwo(t: TestContext, settings: Record<string, string> = {}): Promise<Served & { pids: number[] }> {
  const supervisor = spawnServer({ ...TWO, ...settings })
  t.after(() => supervisor.kill('SIGKILL'))
  assert.ok(supervisor.stdout)
  const lines = new Lines(createInterface(supervisor.stdout))
  const [first, second] = [await lines.next(/listening/), await lines.next(/listening/)]
  const address = /http:\/\/\S+/.exec(first.msg)?.[0] ?? ''
  return { supervisor, address, lines, pids: [first.pid, second.pid] }
}

/** On a connection of its own: which process gets it is the supervisor's business. */
async function askHealth(address: string): Promise<number> {
  const response = await fetch(`${address}/health`, { headers: { connection: 'close' } })
  await response.text()
  return response.status
}

async function hasEnded(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('two processes share a port, the log says why there are two, and SIGTERM stops all of them', LIMIT, async (t) => {
  const { supervisor, address, lines, pids } = await serveTwo(t)
  assert.notEqual(pids[0], pids[1])
  assert.ok(!pids.includes(supervisor.pid ?? 0))
  for (let i = 0; i < 4; i += 1) assert.equal(await askHealth(address), 200)
  supervisor.kill('SIGTERM')
  await lines.next(/^stopping$/)
  const [code] = await once(supervisor, 'exit')
  assert.equal(code, 0)
  await Promise.all(pids.map(hasEnded))
})

test('SIGTERM while one of them still starts stops all of them', LIMIT, async (t) => {
  const supervisor = spawnServer({ ...TWO, SHUTDOWN_DELAY_MS: '100' })
  t.after(() => supervisor.kill('SIGKILL'))
  await addressOf(supervisor)
  const outcome = outcomeOf(supervisor)
  supervisor.kill('SIGTERM')
  // The end of its output, too, which all of them hold.
  assert.equal((await outcome).code, 0)
})

test('a process that dies is replaced, and the others serve on', LIMIT, async (t) => {
  const { address, lines, pids } = await serveTwo(t)
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await lines.next(/is replaced/)
  assert.equal(await askHealth(address), 200)
  const { pid } = await lines.next(/listening/)
  assert.ok(!pids.includes(pid))
})

test('a signal to all processes at once, as Ctrl-C sends it, is one signal', LIMIT, async (t) => {
  const { supervisor, pids } = await serveTwo(t)
  for (const pid of [supervisor.pid ?? 0, ...pids]) process.kill(pid, 'SIGINT')
  for (const pid of pids) process.kill(pid, 'SIGINT')
  const [code] = await once(supervisor, 'exit')
  assert.equal(code, 0)
})

test('a second signal ends all of them at once', LIMIT, async (t) => {
  const { supervisor, lines, pids } = await serveTwo(t, { SHUTDOWN_DELAY_MS: '600000' })
  supervisor.kill('SIGTERM')
  await lines.next(/^stopping$/)
  supervisor.kill('SIGTERM')
  const [code] = await once(supervisor, 'exit')
  assert.equal(code, 1)
  await Promise.all(pids.map(hasEnded))
})

test('without their supervisor they end', LIMIT, async (t) => {
  const { supervisor, pids } = await serveTwo(t)
  supervisor.kill('SIGKILL')
  await Promise.all(pids.map(hasEnded))
})

test('what keeps the first from starting is one line, and exit code 1', LIMIT, async () => {
  const { code, stderr } = await outcomeOf(spawnServer({ ...TWO, MODEL_PATH: `nowhere/${contract.model.file}` }))
  assert.equal(code, 1)
  assert.match(stderr, /^✖ .*nowhere.*\n$/)
})

test('a port in use is one line that names it, and exit code 1', LIMIT, async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  assert.ok(address !== null && typeof address === 'object')
  const { code, stderr } = await outcomeOf(spawnServer({ WORKERS: '2', PORT: String(address.port) }))
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^✖ port ${address.port} is in use.*\\n$`))
})
