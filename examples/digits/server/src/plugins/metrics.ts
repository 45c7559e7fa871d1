import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { contract } from '../contract.ts'
import { joinCluster } from '../metrics/cluster-member.ts'
import { reasonOf } from '../metrics/reasons.ts'
import { writeMetrics } from '../metrics/report.ts'
import { ServerMetrics } from '../metrics/server-metrics.ts'
import { countProcesses } from '../processes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Pick<ServerMetrics, 'registry' | 'reject'> & {
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
    const write = shared?.write ?? (async () => writeMetrics([await report()]))
    app.decorate('metrics', { registry: metrics.registry, reject: metrics.reject, write })
  },
  { name: 'metrics', dependencies: ['predictor'] },
)
