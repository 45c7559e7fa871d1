import { cpuUsage } from 'node:process'
import type { Registry } from 'prom-client'
import { observeEventLoop } from './event-loop-lag.ts'
import { observeGarbageCollection } from './garbage-collection.ts'
import { LateRegistry, type PromClient } from './late-registry.ts'
import type { MetricReport } from './report.ts'

/** Of prom-client's: what is observed here from the start; and what walks over every open connection, or is a counter by name only. */
const UNWANTED =
  /^nodejs_(gc_duration|eventloop_lag_.*seconds|active_handles|active_requests)|^nodejs_active_resources_total$/
/** prom-client's own monitor of the event loop, which is not asked, wakes up as rarely as it can: once in 24 days. */
const NEVER_MS = 2 ** 31 - 1

const gc = observeGarbageCollection()
const registry = new LateRegistry()
registry.add(addDefaults)
registry.add(observeEventLoop())

/** Node's own metrics (CPU, memory, event-loop lag, garbage collection): of the process, so once, however many servers it holds. */
export async function reportProcess(): Promise<readonly MetricReport[]> {
  return [...(await registry.report()), gc.report()]
}

function addDefaults({ collectDefaultMetrics, Counter }: PromClient, register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: NEVER_MS })
  for (const { name } of register.getMetricsAsArray()) if (UNWANTED.test(name)) register.removeSingleMetric(name)
  // It counts from now on: what the process has used before is added.
  const { user, system } = cpuUsage()
  const used = {
    process_cpu_user_seconds_total: user,
    process_cpu_system_seconds_total: system,
    process_cpu_seconds_total: user + system,
  }
  for (const [name, microseconds] of Object.entries(used)) {
    const counter = register.getSingleMetric(name)
    if (counter instanceof Counter) counter.inc(microseconds / 1e6)
  }
}
