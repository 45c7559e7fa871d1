import { setTimeout as sleep } from 'node:timers/promises'
import { runServer } from '../../scripts/run-server.ts'
import { buildIris } from '../serving/generated.ts'
import { IRIS } from './bodies.ts'
import { type Client, startClient } from './client.ts'
import type { Part } from './part.ts'
import { runPart } from './run.ts'
import { type Check, exactly, seen } from './verdict.ts'

const CLIENTS = 32
/** Half of them think for up to so long before they ask again: their connections are idle when the server stops. */
const THINK_MS = 500
const ROUNDS = 5
const BEFORE_MS = 700

const drain: Part = {
  id: 'drain',
  title: 'SIGTERM under load',
  introduction: `${CLIENTS} clients with keep-alive connections, half of them asking without a pause, half thinking for up to ${THINK_MS} ms in
between; SIGTERM in the midst of it, ${ROUNDS} times each. A client ends when its new connection is refused; whatever else is not a 200 has
failed.`,
  async run(folder) {
    const target = await buildIris(folder)
    const checks: Check[] = []
    for (const PROCESSES of ['1', '2']) {
      for (const SHUTDOWN_DELAY_MS of ['0', '500']) {
        const stops: Stop[] = []
        for (let round = 0; round < ROUNDS; round += 1) {
          stops.push(await stopUnderLoad(target, { PROCESSES, SHUTDOWN_DELAY_MS }))
        }
        checks.push(
          ...judge(`${PROCESSES} process${PROCESSES === '1' ? '' : 'es'}, delay ${SHUTDOWN_DELAY_MS} ms`, stops),
        )
      }
    }
    return checks
  },
}

interface Stop {
  readonly exitCode: number | null
  readonly clients: readonly Client[]
  /** Answers before the signal. */
  readonly before: number
}

async function stopUnderLoad(target: string, env: Record<string, string>): Promise<Stop> {
  const server = await runServer(target, env)
  const question = { url: `${server.url}/predict`, body: IRIS }
  const clients = Array.from({ length: CLIENTS }, (_, i) => startClient(question, i % 2 === 0 ? 0 : THINK_MS))
  await sleep(BEFORE_MS)
  const before = countAnswers(clients)
  const exitCode = await server.stop()
  await Promise.all(clients.map((client) => client.ended))
  return { exitCode, clients, before }
}

function judge(what: string, stops: readonly Stop[]): Check[] {
  const answers = stops.flatMap(({ clients }) => clients.flatMap((client) => client.answers))
  const failed = answers.filter(
    (answer) => answer.kind === 'failed' || (answer.kind === 'answered' && answer.status !== 200),
  )
  const reasons = new Set(failed.map((answer) => (answer.kind === 'failed' ? answer.reason : 'status')))
  const after = stops.reduce((sum, { clients, before }) => sum + countAnswers(clients) - before, 0)
  return [
    seen(`${what}: requests`, answers.length),
    seen(`${what}: of them after SIGTERM`, after),
    exactly(`${what}: failed or reset ${[...reasons].join(', ')}`.trim(), failed.length, 0),
    exactly(`${what}: stops with exit code 0`, stops.filter(({ exitCode }) => exitCode === 0).length, stops.length),
  ]
}

function countAnswers(clients: readonly Client[]): number {
  return clients.reduce((sum, { answers }) => sum + answers.length, 0)
}

await runPart(drain)
