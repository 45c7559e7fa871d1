import { setTimeout as sleep } from 'node:timers/promises'
import { Unavailable } from '../ml/errors.ts'
import { isMessage, type Message } from './messages.ts'
import type { MetricReport } from './report.ts'

/** The supervisor waits less for each process. */
const PATIENCE_MS = 5_000

export interface SharedMetrics {
  /** The metrics of all processes. Throws Unavailable. */
  write(): Promise<string>
  leave(): void
}

/** Shares the metrics of this process with the others; undefined when it is not one of several. */
export async function joinCluster(report: () => Promise<readonly MetricReport[]>): Promise<SharedMetrics | undefined> {
  const { default: cluster } = await import('node:cluster')
  const { worker } = cluster
  if (worker === undefined) return undefined
  const waiting = new Map<number, (text: string) => void>()
  let asked = 0

  const send = (message: Message) => worker.isConnected() && worker.send(message)
  async function hear(message: unknown): Promise<void> {
    if (!isMessage(message)) return
    if (message.metrics === 'collect') send({ metrics: 'report', report: await report() })
    if (message.metrics === 'answer') waiting.get(message.id)?.(message.text)
  }

  worker.on('message', hear)
  send({ metrics: 'report', report: [] })
  return {
    async write() {
      asked += 1
      const id = asked
      const answer = new Promise<string>((resolve) => waiting.set(id, resolve))
      send({ metrics: 'ask', id })
      const text = await Promise.race([answer, sleep(PATIENCE_MS, undefined, { ref: false })])
      waiting.delete(id)
      if (text === undefined) throw new Unavailable('The supervisor does not answer: no metrics of all processes.')
      return text
    },
    leave() {
      worker.off('message', hear)
    },
  }
}
