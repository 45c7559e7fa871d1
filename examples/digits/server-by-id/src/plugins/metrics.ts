import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import { joinCluster } from '../metrics/cluster-member.ts'
import { reasonOf } from '../metrics/reasons.ts'
import type { MetricReport } from '../metrics/report.ts'
import { ServerMetrics } from '../metrics/server-metrics.ts'
import { countProcesses } from '../processes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Pick<ServerMetrics, 'add' | 'reject'> & {
      /** What GET /metrics answers: of all processes, where there are several. Throws Unavailable. */
      write(): Promise<string>
    }
  }
}

/** Decorates `app.metrics`. Requests are counted by the events of ml/, refusals by Fastify's errors. */
export const metricsPlugin = fp<{ config: Config }>(
  async (app, { config }) => {
    const metrics = new ServerMetrics(contract, app)
    app.addHook('onClose', async () => metrics.close())
    app.addHook('onError', (_request, _reply, error, done) => {
      metrics.reject(reasonOf(error))
      done()
    })

    const report = () => metrics.report()
    // One process has nobody to ask, and does not load what talks to others.
    const shared = countProcesses(config).count > 1 ? await joinCluster(report) : undefined
    if (shared) app.addHook('onClose', async () => shared.leave())
    const write = shared?.write ?? (() => writeAlone(report))
    app.decorate('metrics', { add: (make) => metrics.add(make), reject: metrics.reject, write })
  },
  { name: 'metrics', dependencies: ['predictor', 'readiness'] },
)

/** prom-client is not loaded before somebody reads metrics. */
async function writeAlone(report: () => Promise<readonly MetricReport[]>): Promise<string> {
  const { writeMetrics } = await import('../metrics/report.ts')
  return writeMetrics([await report()])
}
