import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const INTERVAL_MS = 20

/**
 * Milliseconds until the whole answer was there, of a GET every 20 ms. A request does not wait for the one before: a server that
 * stands still for a second is seen fifty times, not once. Throws when one is not answered with 200.
 */
export async function sampleLatencies(url: string, seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true })
  const asked: Promise<number>[] = []
  for (let i = 0; i < (seconds * 1000) / INTERVAL_MS; i += 1) {
    asked.push(askOnce(url, agent))
    await sleep(INTERVAL_MS)
  }
  try {
    return await Promise.all(asked)
  } finally {
    agent.destroy()
  }
}

async function askOnce(url: string, agent: Agent): Promise<number> {
  const start = performance.now()
  const [response] = await once(get(url, { agent }), 'response')
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`)
  await once(response.resume(), 'end')
  return performance.now() - start
}
