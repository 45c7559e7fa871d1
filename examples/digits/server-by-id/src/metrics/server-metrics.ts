import { type Call, STAGES } from '../ml/call.ts'
import { watch } from '../ml/events.ts'
import type { Contract } from '../transforms/types.ts'
import { durationBuckets, ROWS } from './buckets.ts'
import { addClasses, addCounter, addRejects, addState, type Observed } from './counters.ts'
import { Histogram } from './histogram.ts'
import { LateRegistry, type MakeMetrics } from './late-registry.ts'
import { PredictedClasses } from './predicted-classes.ts'
import { reportProcess } from './process-metrics.ts'
import type { Reason } from './reasons.ts'
import type { MetricReport } from './report.ts'

/** The metrics of one server, fed by the events of ml/. What counts every request is kept in plain numbers until it is read. */
export class ServerMetrics {
  readonly #registry = new LateRegistry()
  readonly reject: (reason: Reason) => void
  readonly #histograms: readonly Histogram[]
  readonly #unwatch: readonly (() => void)[]

  constructor(contract: Contract, observed: Observed) {
    const registry = this.#registry
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
    const restarted = addCounter(
      registry,
      'inference_thread_restarts_total',
      'Inference threads that ended by themselves, and are replaced.',
    )
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
      watch('thread', observed.model, restarted),
    ]
  }

  /** Those of others, such as features. */
  add(make: MakeMetrics): void {
    this.#registry.add(make)
  }

  /** All metrics of this process. */
  async report(): Promise<readonly MetricReport[]> {
    const reports = await Promise.all([this.#registry.report(), reportProcess()])
    return [...this.#histograms.map((histogram) => histogram.report()), ...reports.flat()]
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
