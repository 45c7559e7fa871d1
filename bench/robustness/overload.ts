import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningServer, runServer } from '../../scripts/run-server.ts'
import { buildSlow } from '../serving/generated.ts'
import { makeModels } from '../serving/models.ts'
import { median, quantile } from '../serving/statistics.ts'
import { NUMBERS, ROW } from './bodies.ts'
import { type Answer, ask, type Question, startClient } from './client.ts'
import type { Part } from './part.ts'
import { runPart } from './run.ts'
import { atLeast, atMost, type Check, exactly, seen } from './verdict.ts'

const ROUNDS = 3
const SECONDS = 4
/** In the closed loop: enough that the model never waits. */
const CLIENTS = 16
const FACTOR = 2
/** Over the queue's own time: a batch, and machines that swing. */
const SLACK = 1.3

const overload: Part = {
  id: 'overload',
  title: 'Overload',
  introduction: `A model of some milliseconds, one inference thread. ${CLIENTS} clients in a closed loop measure the capacity, then ${FACTOR} times as many
requests are offered, whether or not the ones before have been answered; ${ROUNDS} rounds of ${SECONDS} s each. Goodput is what was answered with 200,
as a part of the capacity; the bound of the latency is the time that a full queue takes.`,
  async run(folder) {
    const { medium } = await makeModels()
    const target = await buildSlow(folder, medium, ROW)
    const server = await runServer(target, { INFERENCE_THREADS: '1', INTRA_OP_THREADS: '1' })
    try {
      const question = { url: `${server.url}/predict`, body: NUMBERS }
      await measureCapacity(question)
      const rounds: Round[] = []
      for (let i = 0; i < ROUNDS; i += 1) {
        const perSecond = await measureCapacity(question)
        rounds.push({ perSecond, answers: await offer(question, FACTOR * perSecond) })
      }
      return judge(rounds, queueRowsOf(server))
    } finally {
      await server.stop()
    }
  },
}

interface Round {
  /** The capacity. */
  readonly perSecond: number
  readonly answers: readonly Answer[]
}

async function measureCapacity(question: Question): Promise<number> {
  const clients = Array.from({ length: CLIENTS }, () => startClient(question))
  await sleep(SECONDS * 1000)
  const answered = clients.reduce((sum, { answers }) => sum + answers.length, 0)
  for (const client of clients) client.stop()
  await Promise.all(clients.map(({ ended }) => ended))
  return answered / SECONDS
}

/** Asks at this rate. */
async function offer(question: Question, perSecond: number): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 4096 })
  const asked: Promise<Answer>[] = []
  const start = performance.now()
  while (asked.length < perSecond * SECONDS) {
    const due = ((performance.now() - start) / 1000) * perSecond
    while (asked.length < due) asked.push(ask(question, agent))
    await sleep(2)
  }
  const answers = await Promise.all(asked)
  agent.destroy()
  return answers
}

/** As the server has decided when it started. */
function queueRowsOf(server: RunningServer): number {
  return Number(/"queueRows":(\d+)/.exec(server.output())?.[1])
}

function judge(rounds: readonly Round[], queueRows: number): Check[] {
  const answers = rounds.flatMap((round) => round.answers)
  const statusOf = (answer: Answer) => (answer.kind === 'answered' ? answer.status : 0)
  const accepted = answers.flatMap((answer) => (answer.kind === 'answered' && answer.status === 200 ? [answer.ms] : []))
  const refused = answers.filter((answer) => statusOf(answer) === 503)
  const capacity = median(rounds.map(({ perSecond }) => perSecond))
  const goodput = rounds.map((round) => {
    const good = round.answers.filter((answer) => statusOf(answer) === 200)
    return good.length / goodSeconds(good) / round.perSecond
  })
  const boundMs = (queueRows / Math.min(...rounds.map(({ perSecond }) => perSecond))) * 1000 * SLACK
  return [
    seen('capacity, requests/s', capacity),
    seen('queue, rows', queueRows),
    seen('offered, requests', answers.length),
    atLeast('goodput, of the capacity', median(goodput), 0.9),
    seen('p50 of accepted', quantile(accepted, 0.5), 'ms'),
    atMost('p99 of accepted', quantile(accepted, 0.99), boundMs, 'ms'),
    seen('answered 503', refused.length),
    exactly(
      '503 without Retry-After',
      refused.filter((answer) => answer.kind === 'answered' && !answer.retryAfter).length,
      0,
    ),
    exactly('neither 200 nor 503', answers.length - accepted.length - refused.length, 0),
  ]
}

/** What was accepted is answered beyond the time of the offer, until the queue is empty. */
function goodSeconds(good: readonly Answer[]): number {
  return SECONDS + Math.max(0, ...good.slice(-10).map((answer) => (answer.kind === 'answered' ? answer.ms : 0))) / 1000
}

await runPart(overload)
