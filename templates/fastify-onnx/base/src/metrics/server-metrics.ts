import { Registry } from 'prom-client'
import { type Call, STAGES } from '../ml/call.ts'
import { watch } from '../ml/events.ts'
import type { Contract } from '../transforms/types.ts'
import { durationBuckets, ROWS } from './buckets.ts'
import { addClasses, addRejects, addRestarts, addState, type Observed } from './counters.ts'
import { Histogram } from './histogram.ts'
import { PredictedClasses } from './predicted-classes.ts'
import { processMetrics } from './process-metrics.ts'
import type { Reason } from './reasons.ts'
import type { MetricReport } from './report.ts'

/** The metrics of one server, fed by the events of ml/. What counts every request is kept in plain numbers until it is read. */
export class ServerMetrics {
  /** For those of others, such as features: prom-client's metrics, with this among their `registers`. */
  readonly registry = new Registry()
  readonly #process = processMetrics()
  readonly reject: (reason: Reason) => void
  readonly #histograms: readonly Histogram[]
  readonly #unwatch: readonly (() => void)[]

  constructor(contract: Contract, observed: Observed) {
    const { registry } = this
    const buckets = durationBuckets(contract.budget)
    const requests = new Histogram({
      name: 'inference_request_duration_seconds',
      help: 'From the body of a request, read, to its answer, ready to be written. Answered requests only.',
      buckets,
    })
    const stages = new Histogram({
      name: 'inference_stage_duration_seconds',
      help: 'The parts of inference_request_duration_seconds. Queue and inference are those of its batch.',
      buckets,
      label: { name: 'stage', values: STAGES },
    })
    const batches = new Histogram({
      name: 'inference_batch_rows',
      help: 'Rows of each run of the model.',
      buckets: ROWS,
    })
    this.#histograms = [requests, stages, batches]

    addState(registry, contract, observed)
    this.reject = addRejects(registry)
    const classes =
      contract.task === 'classification' ? addClasses(registry, new PredictedClasses(contract)) : undefined
    const observeTimes = timesObserver(requests, stages)
    const batchRows = batches.series()
    this.#unwatch = [
      watch('request', observed.model, (event) => {
        observeTimes(event.call)
        if (event.kind === 'predict') classes?.count(event.prediction)
      }),
      watch('batch', observed.model, ({ jobs }) => {
        let rows = 0
        for (const job of jobs) rows += job.rows
        batchRows.observe(rows)
      }),
      watch('thread', observed.model, addRestarts(registry)),
    ]
  }

  /** All metrics of this process. */
  async report(): Promise<readonly MetricReport[]> {
    const registries = await Promise.all([this.registry, this.#process].map((each) => each.getMetricsAsJSON()))
    return [...this.#histograms.map((histogram) => histogram.report()), ...registries.flat()]
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch()
  }
}

function timesObserver(requests: Histogram, stages: Histogram): (call: Call) => void {
  const total = requests.series()
  const [preprocess, queue] = [stages.series('preprocess'), stages.series('queue')]
  const [inference, postprocess] = [stages.series('inference'), stages.series('postprocess')]
  return ({ ms, totalMs }) => {
    total.observe(totalMs / 1000)
    preprocess.observe(ms.preprocess / 1000)
    queue.observe(ms.queue / 1000)
    inference.observe(ms.inference / 1000)
    postprocess.observe(ms.postprocess / 1000)
  }
}
