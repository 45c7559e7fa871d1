import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseMetrics } from './metrics.ts'
import { LIMIT, spawnServer } from './spawn.ts'

const NOT_FOUND = 'inference_rejected_total{reason="not_found"}'

interface Served {
  readonly process: ChildProcess
  readonly address: string
  /** The ids of the processes that listen or have listened, in that order; one that is replaced stays. */
  readonly pids: readonly number[]
}

/** Two processes, both answering. */
async function serveTwo(t: TestContext, settings: Record<string, string> = {}): Promise<Served> {
  const child = spawnServer({ PROCESSES: '2', ...settings })
  child.stderr?.pipe(process.stderr)
  t.after(() => child.kill('SIGKILL'))
  const pids: number[] = []
  const address = await new Promise<string>((resolve, reject) => {
    assert.ok(child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, address] = /listening at (http:[^"]+)/.exec(line) ?? []
      if (address === undefined) return
      pids.push(JSON.parse(line).pid)
      resolve(address)
    })
    child.on('exit', () => reject(new Error('the server exited before it listened')))
  })
  // It is counted before it listens.
  while (pids.length < 2) await sleep(10)
  await untilProcesses(address, 2)
  return { process: child, address, pids }
}

/** On a connection of its own, so that any process may answer. */
function ask(address: string, path: string): Promise<Response> {
  return fetch(`${address}${path}`, { headers: { connection: 'close' } })
}

async function readMetrics(address: string): Promise<ReadonlyMap<string, number>> {
  const response = await ask(address, '/metrics')
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return parseMetrics(text)
}

async function untilProcesses(address: string, count: number): Promise<void> {
  while ((await readMetrics(address)).get('inference_processes') !== count) await sleep(50)
}

test('whichever process is asked, /metrics is of all of them', LIMIT, async (t) => {
  const served = await serveTwo(t)
  await Promise.all(Array.from({ length: 10 }, () => ask(served.address, '/nowhere')))
  const answers = await Promise.all(Array.from({ length: 4 }, () => readMetrics(served.address)))
  for (const metrics of answers) {
    assert.equal(metrics.get(NOT_FOUND), 10)
    assert.equal(metrics.get('inference_processes'), 2)
    const [info] = [...metrics].filter(([name]) => name.startsWith('inference_model_info'))
    assert.equal(info?.[1], 1)
  }
})

test('what a process has counted outlives it, and nobody waits for its answer', LIMIT, async (t) => {
  const served = await serveTwo(t)
  for (let count = 0; count < 10; count += 1) await ask(served.address, '/nowhere')
  assert.equal((await readMetrics(served.address)).get(NOT_FOUND), 10)
  const [victim] = served.pids
  assert.ok(victim)
  process.kill(victim, 'SIGKILL')
  // A connection that is given to a process at the moment of its end is lost: nobody connects before it is replaced.
  while (served.pids.length < 3) await sleep(10)
  await untilProcesses(served.address, 2)
  assert.equal((await readMetrics(served.address)).get(NOT_FOUND), 10)
})

test('SIGUSR2 profiles every process, and ends none', LIMIT, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'profiles-'))
  t.after(() => rm(folder, { recursive: true }))
  const served = await serveTwo(t, { PROFILE_DIR: folder, PROFILE_SECONDS: '0.2' })
  served.process.kill('SIGUSR2')
  while ((await readdir(folder)).length < 2) await sleep(50)
  assert.equal((await ask(served.address, '/health')).status, 200)
  served.process.kill('SIGTERM')
  const [code] = await once(served.process, 'exit')
  assert.equal(code, 0)
})
