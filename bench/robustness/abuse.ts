import { setTimeout as sleep } from 'node:timers/promises'
import { runServer } from '../../scripts/run-server.ts'
import { buildIris } from '../serving/generated.ts'
import { quantile } from '../serving/statistics.ts'
import { ATTACKS, type Attack, RECEIVE_TIMEOUT_MS } from './attacks.ts'
import { IRIS } from './bodies.ts'
import { startClient } from './client.ts'
import { residentMb, watchMemory } from './memory.ts'
import type { Part } from './part.ts'
import { runPart } from './run.ts'
import { atMost, type Check, exactly } from './verdict.ts'

/** More than before the attack: 20 KB for each of 10,000 connections, and what V8 has not yet thrown away. */
const MEMORY_MB = 300
/** Of the polite caller: as long as people do not notice. */
const PATIENCE_MS = 1000
const THINK_MS = 20

const abuse: Part = {
  id: 'abuse',
  title: 'Abuse',
  introduction: `One attack after the other on the iris server (\`RECEIVE_TIMEOUT_MS=${RECEIVE_TIMEOUT_MS}\`), while a polite caller asks about every ${THINK_MS / 2} ms.
Memory is the most that the server held during the attack, over what it held before.`,
  async run(folder) {
    const server = await runServer(await buildIris(folder), { RECEIVE_TIMEOUT_MS: String(RECEIVE_TIMEOUT_MS) })
    try {
      const checks: Check[] = []
      for (const attack of ATTACKS) checks.push(...(await attackServer(attack, server.url, server.process.pid)))
      return [...checks, exactly('exit code when stopped', await server.stop(), 0)]
    } finally {
      await server.stop()
    }
  },
}

async function attackServer({ name, run }: Attack, url: string, pid: number | undefined): Promise<Check[]> {
  const before = await residentMb(pid)
  const memory = watchMemory(pid)
  const polite = startClient({ url: `${url}/predict`, body: IRIS }, THINK_MS)
  const answer = await run(url)
  polite.stop()
  await polite.ended
  memory.stop()
  const times = polite.answers.flatMap((each) => (each.kind === 'answered' && each.status === 200 ? [each.ms] : []))
  // Until all that has been closed is gone.
  await sleep(500)
  return [
    { ...answer, what: `${name}: ${answer.what}` },
    exactly(`${name}: polite requests that failed`, polite.answers.length - times.length, 0),
    atMost(`${name}: polite p99`, quantile(times, 0.99), PATIENCE_MS, 'ms'),
    atMost(`${name}: memory`, Math.max(0, memory.peakMb() - before), MEMORY_MB, 'MB'),
  ]
}

await runPart(abuse)
