import { Counter, Gauge, type Registry } from 'prom-client'
import type { Contract } from '../transforms/types.ts'
import type { PredictedClasses } from './predicted-classes.ts'
import { REASONS, type Reason } from './reasons.ts'

/** What is asked when metrics are read. */
export interface Observed {
  /** Also the source of the events. */
  readonly model: { readonly queuedRows: number }
  readonly predictor: { readonly inFlight: number }
}

/** What is so at the moment, and what the server is. */
export function addState(registry: Registry, contract: Contract, { model, predictor }: Observed): void {
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
  new Gauge({ name: 'inference_processes', help: 'Processes that this answer adds up.', registers }).set(1)
  new Gauge({
    name: 'inference_model_info',
    help: 'The model and the template, as labels; always 1.',
    labelNames: ['name', 'file', 'sha256', 'template_version'],
    registers,
    aggregator: 'max',
  }).set(modelInfo(contract), 1)
  if (contract.budget === null) return
  new Gauge({
    name: 'inference_latency_budget_seconds',
    help: 'What 99 of 100 requests should take at most; an edge of the buckets of all durations.',
    registers,
    aggregator: 'max',
  }).set(contract.budget.latencyP99Ms / 1000)
}

function modelInfo({ name, model, template }: Contract) {
  return { name, file: model.file, sha256: model.sha256, template_version: template.version }
}

/** Gives what counts one. */
export function addRejects(registry: Registry): (reason: Reason) => void {
  const counter = new Counter({
    name: 'inference_rejected_total',
    help: 'Requests that were not answered with a prediction, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of REASONS) counter.inc({ reason }, 0)
  return (reason) => counter.inc({ reason })
}

/** Gives what counts one. */
export function addRestarts(registry: Registry): () => void {
  const counter = new Counter({
    name: 'inference_thread_restarts_total',
    help: 'Inference threads that ended by themselves, and are replaced.',
    registers: [registry],
  })
  return () => counter.inc()
}

export function addClasses(registry: Registry, classes: PredictedClasses): PredictedClasses {
  new Counter({
    name: 'inference_predicted_class_total',
    help: 'Rows by the class with the highest score.',
    labelNames: ['label'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [label, count] of classes.entries()) this.inc({ label }, count)
    },
  })
  return classes
}
