import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { MakeMetrics } from './late-registry.ts'

const NANOSECONDS = 1e9
const RESOLUTION_MS = 10

interface Lag {
  readonly name: string
  readonly help: string
  /** How those of several processes become one: the slowest event loop is the one that somebody waits for. */
  readonly aggregator: 'min' | 'max'
  /** In nanoseconds. */
  read(delays: IntervalHistogram): number
}

const LAGS: readonly Lag[] = [
  { name: 'min', help: 'The minimum recorded event loop delay.', aggregator: 'min', read: ({ min }) => min },
  { name: 'max', help: 'The maximum recorded event loop delay.', aggregator: 'max', read: ({ max }) => max },
  { name: 'mean', help: 'The mean of the recorded event loop delays.', aggregator: 'max', read: ({ mean }) => mean },
  {
    name: 'stddev',
    help: 'The standard deviation of the recorded event loop delays.',
    aggregator: 'max',
    read: ({ stddev }) => stddev,
  },
  ...[50, 90, 99].map((percent) => ({
    name: `p${percent}`,
    help: `The ${percent}th percentile of the recorded event loop delays.`,
    aggregator: 'max' as const,
    read: (delays: IntervalHistogram) => delays.percentile(percent),
  })),
]

/** Of the process, from now on, as prom-client has it, which would begin when metrics are first read. Gives its metrics. */
export function observeEventLoop(): MakeMetrics {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  return ({ Gauge }, registry) => {
    const registers = [registry]
    for (const { name, help, aggregator, read } of LAGS)
      new Gauge({
        name: `nodejs_eventloop_lag_${name}_seconds`,
        help,
        aggregator,
        registers,
        collect() {
          if (delays.count > 0) this.set(read(delays) / NANOSECONDS)
        },
      })
    new Gauge({
      name: 'nodejs_eventloop_lag_seconds',
      help: 'Lag of event loop in seconds.',
      aggregator: 'max',
      registers,
      async collect() {
        // They are collected in this order: all others have been read.
        delays.reset()
        this.set(await measureLag())
      },
    })
  }
}

/** Seconds until the event loop has time. */
async function measureLag(): Promise<number> {
  const start = performance.now()
  await new Promise((resolve) => setImmediate(resolve))
  return (performance.now() - start) / 1000
}
