import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { runServer } from '../../scripts/run-server.ts'
import { buildIris, buildSlow } from '../serving/generated.ts'
import { makeModels } from '../serving/models.ts'
import { IRIS, NUMBERS, ROW } from './bodies.ts'
import { type Client, startClient } from './client.ts'
import type { Part } from './part.ts'
import { childrenOf, remotePorts } from './ports.ts'
import { runPart } from './run.ts'
import { atLeast, type Check, exactly, seen } from './verdict.ts'

const CLIENTS = 32
const THREAD_DEATHS = 5

const death: Part = {
  id: 'death',
  title: 'Sudden death',
  introduction: `${CLIENTS} clients with keep-alive connections ask without a pause. One of two processes is ended with SIGKILL: it is replaced, and only
those whose connection it held may notice. Then one inference thread of two, ${THREAD_DEATHS} times: what it ran is tried again, or answered 503.`,
  async run(folder) {
    const { medium } = await makeModels()
    return [
      ...(await killProcess(await buildIris(folder))),
      ...(await killThreads(await buildSlow(folder, medium, ROW), folder)),
    ]
  },
}

async function killProcess(target: string): Promise<Check[]> {
  const server = await runServer(target, { PROCESSES: '2' })
  const supervisor = server.process.pid ?? 0
  try {
    while (countListening(server.output()) < 2) await sleep(20)
    const clients = Array.from({ length: CLIENTS }, () => startClient({ url: `${server.url}/predict`, body: IRIS }))
    await sleep(500)
    const [victim = 0] = await childrenOf(supervisor)
    const held = await remotePorts(victim)
    const hit = clients.map(({ port }) => held.has(port() ?? 0))
    process.kill(victim, 'SIGKILL')
    while (countListening(server.output()) < 3) await sleep(20)
    await sleep(500)
    for (const client of clients) client.stop()
    await Promise.all(clients.map(({ ended }) => ended))
    const failures = (wanted: boolean) => clients.filter((_, i) => hit[i] === wanted).reduce(addFailures, 0)
    return [
      seen('process: connections that it held', hit.filter(Boolean).length),
      seen('process: reset', failures(true)),
      exactly('process: reset on connections of others', failures(false), 0),
      exactly('process: processes afterwards', (await childrenOf(supervisor)).length, 2),
      exactly('process: exit code when stopped', await server.stop(), 0),
    ]
  } finally {
    await server.stop()
  }
}

function countListening(log: string): number {
  return log.split('Server listening at').length - 1
}

async function killThreads(target: string, folder: string): Promise<Check[]> {
  const preload = join(folder, 'end-thread.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'end-thread.ts')],
    outfile: preload,
    format: 'esm',
    platform: 'node',
  })
  const env = { INFERENCE_THREADS: '2', INTRA_OP_THREADS: '1', NODE_OPTIONS: `--import=${preload}` }
  const server = await runServer(target, env)
  try {
    const clients = Array.from({ length: CLIENTS }, () => startClient({ url: `${server.url}/predict`, body: NUMBERS }))
    for (let i = 0; i < THREAD_DEATHS; i += 1) {
      await sleep(500)
      server.process.kill('SIGWINCH')
    }
    await sleep(1500)
    const restarts = await countRestarts(server.url)
    const before = clients.map(({ answers }) => answers.length)
    await sleep(500)
    for (const client of clients) client.stop()
    await Promise.all(clients.map(({ ended }) => ended))
    return judgeThreads(clients, before, restarts)
  } finally {
    await server.stop()
  }
}

async function countRestarts(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^inference_thread_restarts_total(?:\{.*\})? (\d+)/m.exec(metrics)?.[1] ?? Number.NaN)
}

function judgeThreads(clients: readonly Client[], before: readonly number[], restarts: number): Check[] {
  const statuses = clients.flatMap(({ answers }) =>
    answers.flatMap((answer) => (answer.kind === 'answered' ? [answer.status] : [])),
  )
  const afterwards = clients.flatMap(({ answers }, i) => answers.slice(before[i]))
  return [
    exactly('thread: ended and replaced', restarts, THREAD_DEATHS),
    seen('thread: requests', statuses.length),
    seen('thread: answered 503', statuses.filter((status) => status === 503).length),
    exactly('thread: neither 200 nor 503', statuses.filter((status) => status !== 200 && status !== 503).length, 0),
    exactly('thread: reset', clients.reduce(addFailures, 0), 0),
    atLeast('thread: answered 200 in half a second afterwards', countGood(afterwards), 1),
    exactly('thread: anything else afterwards', afterwards.length - countGood(afterwards), 0),
  ]
}

function countGood(answers: Client['answers']): number {
  return answers.filter((answer) => answer.kind === 'answered' && answer.status === 200).length
}

function addFailures(sum: number, { answers }: Client): number {
  return sum + answers.filter(({ kind }) => kind !== 'answered').length
}

await runPart(death)
