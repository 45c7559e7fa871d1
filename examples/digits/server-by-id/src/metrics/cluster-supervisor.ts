import cluster, { type Worker } from 'node:cluster'
import { isMessage, type Message } from './messages.ts'
import type { MetricReport } from './report.ts'

type Report = readonly MetricReport[]

/** How long a process has to report; then its last report stands for it. */
const PATIENCE_MS = 1_000

/**
 * In the supervisor: answers every process that is asked for GET /metrics with the metrics of all. Counts of processes that
 * have ended stay in the sums, as last reported. Call it once, before the first fork.
 */
export function serveClusterMetrics(): void {
  /** By the id of each process that can be asked. */
  const latest = new Map<number, Report>()
  let ended: Promise<Report> = Promise.resolve([])
  let round: Promise<string> | undefined

  async function collect(): Promise<string> {
    // prom-client is not loaded before it is needed: it would hold up the first fork.
    const { writeMetrics } = await import('./report.ts')
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    await Promise.all(workers.filter(({ id }) => latest.has(id)).map(askForReport))
    return writeMetrics([...latest.values(), await ended])
  }

  async function answer(worker: Worker, id: number): Promise<void> {
    // Who asks meanwhile gets the same.
    round ??= collect().finally(() => {
      round = undefined
    })
    send(worker, { metrics: 'answer', id, text: await round })
  }

  cluster.on('message', (worker, message: unknown) => {
    if (!isMessage(message)) return
    if (message.metrics === 'report') latest.set(worker.id, message.report)
    if (message.metrics === 'ask') void answer(worker, message.id)
  })
  cluster.on('exit', ({ id }) => {
    const last = latest.get(id) ?? []
    latest.delete(id)
    ended = Promise.all([ended, import('./report.ts')]).then(([counts, { addCounts }]) => addCounts([counts, last]))
  })
}

/** Until it has reported, has ended, or has taken too long. */
function askForReport(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, PATIENCE_MS)
    function hear(message: unknown): void {
      if (isMessage(message) && message.metrics === 'report') done()
    }
    function done(): void {
      clearTimeout(timer)
      worker.off('message', hear)
      worker.off('disconnect', done)
      resolve()
    }
    worker.on('message', hear)
    worker.on('disconnect', done)
    if (!send(worker, { metrics: 'collect' })) done()
  })
}

/** Whether it could be sent. One that ends meanwhile must not end the primary with an error. */
function send(worker: Worker, message: Message): boolean {
  return worker.isConnected() && worker.send(message, () => undefined)
}
