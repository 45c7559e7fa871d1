import type { Contract } from '../transforms/types.ts'
import type { LateRegistry } from './late-registry.ts'
import type { PredictedClasses } from './predicted-classes.ts'
import { REASONS, type Reason } from './reasons.ts'

/** What is asked when metrics are read. */
export interface Observed {
  /** Also the source of the events. */
  readonly model: { readonly queuedRows: number }
  readonly predictor: { readonly inFlight: number }
  readonly readiness: { isReady(): boolean }
}

/** What is so at the moment, and what the server is. */
export function addState(metrics: LateRegistry, contract: Contract, { model, predictor, readiness }: Observed): void {
  metrics.add(({ Gauge }, registry) => {
    const registers = [registry]
    new Gauge({
      name: 'inference_queue_rows',
      help: 'Rows that wait for the model.',
      registers,
      collect() {
        this.set(model.queuedRows)
      },
    })
    new Gauge({
      name: 'inference_requests_in_flight',
      help: 'Requests whose body is read and whose answer is not ready.',
      registers,
      collect() {
        this.set(predictor.inFlight)
      },
    })
    new Gauge({
      name: 'inference_ready',
      help: 'Whether it takes requests, as /health/ready says: 1 when at least one process does, else 0.',
      registers,
      aggregator: 'max',
      collect() {
        this.set(readiness.isReady() ? 1 : 0)
      },
    })
    new Gauge({ name: 'inference_processes', help: 'Processes that this answer adds up.', registers }).set(1)
  })
  metrics.add(({ Gauge }, registry) => {
    const constant = { registers: [registry], aggregator: 'max' as const }
    new Gauge({
      name: 'inference_model_info',
      help: 'The model and the template, as labels; always 1.',
      labelNames: ['name', 'file', 'sha256', 'template_version'],
      ...constant,
    }).set(modelInfo(contract), 1)
    if (contract.budget === null) return
    new Gauge({
      name: 'inference_latency_budget_seconds',
      help: 'What 99 of 100 requests should take at most; an edge of the buckets of all durations.',
      ...constant,
    }).set(contract.budget.latencyP99Ms / 1000)
  })
}

function modelInfo({ name, model, template }: Contract) {
  return { name, file: model.file, sha256: model.sha256, template_version: template.version }
}

/** Gives what counts one. */
export function addRejects(metrics: LateRegistry): (reason: Reason) => void {
  const counts = new Map<Reason, number>(REASONS.map((reason) => [reason, 0]))
  addCounts(metrics, {
    name: 'inference_rejected_total',
    help: 'Requests that were not answered with a prediction, by reason.',
    label: 'reason',
    entries: () => counts,
  })
  return (reason) => counts.set(reason, (counts.get(reason) ?? 0) + 1)
}

export function addClasses(metrics: LateRegistry, classes: PredictedClasses): PredictedClasses {
  addCounts(metrics, {
    name: 'inference_predicted_class_total',
    help: 'Rows by the class with the highest score.',
    label: 'label',
    entries: () => classes.entries(),
  })
  return classes
}

interface Counts {
  readonly name: string
  readonly help: string
  readonly label: string
  entries(): Iterable<readonly [value: string, count: number]>
}

/** A series for each value of one label. */
function addCounts(metrics: LateRegistry, { name, help, label, entries }: Counts): void {
  metrics.add(({ Counter }, registry) => {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset()
        for (const [value, count] of entries()) this.inc({ [label]: value }, count)
      },
    })
  })
}

/** Gives what counts one. */
export function addCounter(metrics: Pick<LateRegistry, 'add'>, name: string, help: string): () => void {
  let count = 0
  metrics.add(({ Counter }, registry) => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(count)
      },
    })
  })
  return () => {
    count += 1
  }
}
