import { collectDefaultMetrics, type Registry, register } from 'prom-client'

/** They walk over every open connection, are named as counters without being any; nodejs_active_resources says the same. */
const UNWANTED = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/** Node's own metrics (CPU, memory, event-loop lag, garbage collection): of the process, so once, however many servers it holds. */
export function processMetrics(): Registry {
  if (register.getSingleMetric('process_cpu_seconds_total') === undefined) {
    collectDefaultMetrics()
    for (const name of UNWANTED) register.removeSingleMetric(name)
  }
  return register
}
