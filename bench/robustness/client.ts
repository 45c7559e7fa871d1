import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** One question, again and again, as a caller of the server asks it. */
export interface Question {
  readonly url: string
  readonly body: string
}

/** What became of it. `refused`: nobody listens there any more. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly ms: number; readonly retryAfter: boolean }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly reason: string }

/** POSTs JSON over the agent's connections; never throws. A request that gets no answer within the limit has failed. */
export async function ask({ url, body }: Question, agent: Agent, limitMs = 30_000): Promise<Answer> {
  const start = performance.now()
  try {
    const response = await post(url, body, agent, limitMs)
    await text(response)
    const retryAfter = response.headers['retry-after'] !== undefined
    return { kind: 'answered', status: response.statusCode ?? 0, ms: performance.now() - start, retryAfter }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'failed', reason: code }
  }
}

function post(url: string, body: string, agent: Agent, limitMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers, timeout: limitMs }, resolve)
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('no answer'), { code: 'no answer' })))
    sent.end(body)
  })
}

/** A caller with one keep-alive connection, and what it was answered. */
export interface Client {
  readonly answers: readonly Answer[]
  /** Ends when told so, or when it was refused. */
  readonly ended: Promise<void>
  /** Its end of the connection. */
  port(): number | undefined
  stop(): void
}

/** Asks at once when the last answer is there, or when it got none; with `thinkMs` after a random time up to that. */
export function startClient(question: Question, thinkMs = 0): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const answers: Answer[] = []
  let stopped = false
  async function run(): Promise<void> {
    while (!stopped && answers.at(-1)?.kind !== 'refused') {
      answers.push(await ask(question, agent))
      if (thinkMs > 0) await sleep(Math.random() * thinkMs)
    }
    agent.destroy()
  }
  return {
    answers,
    ended: run(),
    port: () => Object.values({ ...agent.sockets, ...agent.freeSockets }).flat()[0]?.localPort,
    stop() {
      stopped = true
    },
  }
}
