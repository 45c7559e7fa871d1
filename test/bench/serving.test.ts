import { spawn } from 'node:child_process'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { missingTools } from '../../bench/serving/cores.ts'
import { countCost } from '../../bench/serving/cpu.ts'
import { makePhoto } from '../../bench/serving/photo.ts'
import { replaceSection } from '../../bench/serving/results.ts'
import { interleave, series } from '../../bench/serving/slices.ts'
import { median, quantile, ratios } from '../../bench/serving/statistics.ts'
import { measureTable } from '../../bench/serving/table.ts'
import { applyLoad, type LoadSlice, readResult } from '../../bench/serving/wrk.ts'
import { makeFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { isStopped, until } from '../helpers/processes.ts'

const missing = await missingTools()
const BODY = '{"data":[[1,2]]}'

test('medians and quantiles do not depend on the order, and lie between neighbours', () => {
  expect(median([30, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(quantile([5, 1, 2, 3, 4], 0.99)).toBeCloseTo(4.96)
})

test('ratios are taken round by round', () => {
  expect(ratios([1, 30], [2, 10])).toEqual([0.5, 3])
  expect(() => ratios([1], [1, 2])).toThrow('1 slices cannot be paired with 2')
})

test('each round measures every series once, and starts with another one', async () => {
  const order: string[] = []
  const [a, b] = ['a', 'b'].map((name) => series(async () => order.push(name)))
  if (!a || !b) throw new Error('two series')
  await interleave([a, b], 3)
  expect(order.join('')).toBe('abbaab')
  expect(a.slices).toEqual([1, 4, 5])
})

test('a measure is shown with its median, spread and goal, and says when it misses', () => {
  const rows = measureTable([
    { what: 'speed', values: [0.8, 0.91, 0.99], digits: 2, goal: { atLeast: 0.9 } },
    { what: 'wait', values: [5, 11, 12], digits: 0, goal: { atMost: 10 } },
    { what: 'photos', values: [7], digits: 1 },
  ])
  expect(rows.split('\n').slice(2)).toEqual([
    '| speed | 0.91 | 0.80–0.99 | ≥ 0.9 | yes |',
    '| wait | 11 | 5–12 | ≤ 10 | **no** |',
    '| photos | 7.0 | 7.0–7.0 |  |  |',
  ])
})

test('a section of RESULTS.md is added once, then replaced, and nothing else changes', () => {
  const before = '# Measured\n\n## Other\n\nkept\n'
  const added = replaceSection(before, { id: 'iris', title: 'Iris', blocks: ['old'] })
  expect(added.startsWith(before)).toBe(true)
  const withMore = `${added}\n## Later\n`
  const replaced = replaceSection(withMore, { id: 'iris', title: 'Iris', blocks: ['new', '$& $1'] })
  expect(replaced).toBe(withMore.replace('old', () => 'new\n\n$& $1'))
  expect(replaceSection(added, { id: 'cnn', title: 'CNN', blocks: [] })).toContain(added.trimEnd())
})

test('a section of which RESULTS.md has only one marker is not guessed', () => {
  const section = { id: 'iris', title: 'Iris', blocks: [] }
  expect(() => replaceSection('<!-- /bench iris -->', section)).toThrow('both markers of iris')
})

// Only Linux has /proc.
test.skipIf(process.platform !== 'linux')(
  'the cost of a request is what a process worked while it was asked',
  async () => {
    const busy = spawn(process.execPath, ['-e', 'for (;;) require("fs").statSync("/")'], { stdio: 'ignore' })
    onTestFinished(() => void busy.kill('SIGKILL'))
    const slice = { requests: 100, requestsPerSecond: 1, p50: 1, p99: 1 }
    const cost = await countCost(busy, () => sleep(1000, slice))
    expect(cost.userUs).toBeGreaterThan(0)
    expect(cost.systemUs).toBeGreaterThan(0)
    busy.kill('SIGSTOP')
    await until(() => isStopped(busy))
    expect(await countCost(busy, async () => slice)).toEqual({ ...slice, userUs: 0, systemUs: 0 })
  },
)

test('load of which some requests failed is not a measurement', () => {
  const line = (failed: number) => `RESULT {"requests":10,"us":2000000,"p50Us":1500,"p99Us":2500,"failed":${failed}}\n`
  expect(readResult(`Running 2s test\n\n${line(0)}`)).toEqual({
    requests: 10,
    requestsPerSecond: 5,
    p50: 1.5,
    p99: 2.5,
  })
  expect(() => readResult(line(1))).toThrow('not answered with 2xx')
  expect(() => readResult('unable to connect')).toThrow('did not print a result')
})

test.skipIf(missing.length > 0)('wrk posts the file that it is given', async () => {
  const received = new Set<string>()
  const { requestsPerSecond, p50, p99 } = await loadOn(async (request, response) => {
    received.add(`${request.method} ${request.headers['content-type']} ${await text(request)}`)
    response.end('{}')
  })
  expect([...received]).toEqual([`POST application/json ${BODY}`])
  expect(requestsPerSecond).toBeGreaterThan(0)
  expect(p99).toBeGreaterThanOrEqual(p50)
})

test.skipIf(missing.length > 0)('wrk against a server that refuses is an error', async () => {
  const refused = loadOn((_request, response) => void response.writeHead(422).end())
  await expect(refused).rejects.toThrow('not answered with 2xx')
})

test('the photo is the same every time', async () => {
  const [one, two] = await Promise.all([makePhoto(64, 48), makePhoto(64, 48)])
  expect(one.equals(two)).toBe(true)
})

test('where wrk is not there, the benchmark says so and exits with 1', async () => {
  const { exitCode, stderr } = await execa(process.execPath, ['--import', 'tsx', 'bench/serving/bench.ts'], {
    cwd: ROOT,
    env: { PATH: makeFolder() },
    extendEnv: false,
    reject: false,
  })
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('✖ not there: wrk, redis-server, taskset'),
  })
})

/** One second of load on a server of this process. */
async function loadOn(listener: RequestListener): Promise<LoadSlice> {
  const file = join(makeFolder({ 'body.json': BODY }), 'body.json')
  const server = createServer(listener)
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  const payload = { file, type: 'application/json' }
  return applyLoad({ url: `http://127.0.0.1:${address.port}/`, payload, connections: 2, seconds: 1 })
}
