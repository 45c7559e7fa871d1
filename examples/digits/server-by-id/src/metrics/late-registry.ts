import type { Registry } from 'prom-client'
import type { MetricReport } from './report.ts'

export type PromClient = typeof import('prom-client')

/** Makes metrics, `registry` being among their `registers`. What is counted before is kept in plain numbers, which they read. */
export type MakeMetrics = (prom: PromClient, registry: Registry) => void

/** Metrics of prom-client, which is loaded when they are first read: a hundred files that no start has to wait for. */
export class LateRegistry {
  readonly #toMake: MakeMetrics[] = []
  #registry: Registry | undefined

  add(make: MakeMetrics): void {
    this.#toMake.push(make)
  }

  async report(): Promise<readonly MetricReport[]> {
    const prom = await import('prom-client')
    this.#registry ??= new prom.Registry()
    for (const make of this.#toMake.splice(0)) make(prom, this.#registry)
    return this.#registry.getMetricsAsJSON()
  }
}
