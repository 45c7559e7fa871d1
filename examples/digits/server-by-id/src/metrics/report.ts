import { AggregatorRegistry, type Registry } from 'prom-client'

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

/** Of those that prom-client leaves out. */
const AGGREGATORS: Readonly<Record<string, string>> = { process_start_time_seconds: 'min' }

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
