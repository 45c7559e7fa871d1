import { AggregatorRegistry, Registry } from 'prom-client'

/** One metric of one process with its values, plain JSON: what prom-client's `getMetricsAsJSON` gives. */
export interface MetricReport {
  readonly name: string
  readonly help: string
  readonly type: unknown
  /** How the values of several processes become one: sum, max, min, average, first, omit. */
  readonly aggregator: string
  readonly values: readonly MetricValue[]
}

interface MetricValue {
  readonly labels: object
  readonly value: number
  /** Of a histogram's parts, such as `..._bucket`. */
  readonly metricName?: string
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

/** Of those that prom-client averages or leaves out: the slowest event loop is the one that somebody waits for. */
const AGGREGATORS: Readonly<Record<string, string>> = {
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_mean_seconds: 'max',
  nodejs_eventloop_lag_stddev_seconds: 'max',
  nodejs_eventloop_lag_p50_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
  process_start_time_seconds: 'min',
}

/** The metrics of all processes as one, in the text format of Prometheus. */
export function writeMetrics(reports: readonly (readonly MetricReport[])[]): Promise<string> {
  return add(reports).metrics()
}

/** What only ever grows, added up. Keeps the counts of processes that have ended: without them a sum would shrink. */
export async function addCounts(reports: readonly (readonly MetricReport[])[]): Promise<readonly MetricReport[]> {
  return add(
    reports.map((report) => report.filter(({ type }) => type === 'counter' || type === 'histogram')),
  ).getMetricsAsJSON()
}

function add(reports: readonly (readonly MetricReport[])[]): Registry {
  return AggregatorRegistry.aggregate(reports.map((report) => report.map(withAggregator)))
}

function withAggregator(metric: MetricReport): MetricReport {
  return { ...metric, aggregator: AGGREGATORS[metric.name] ?? metric.aggregator }
}
