import type { MetricReport } from './report.ts'

/**
 * What the processes say to each other about metrics, over node:cluster's channel, which carries JSON. A process that is asked
 * for the metrics of all asks the supervisor, which asks every process, adds up, and answers.
 */
export type Message =
  /** Any process to the supervisor: what are the metrics of all? */
  | { readonly metrics: 'ask'; readonly id: number }
  /** The supervisor to it. */
  | { readonly metrics: 'answer'; readonly id: number; readonly text: string }
  /** The supervisor to each process: what are yours? */
  | { readonly metrics: 'collect' }
  /** Each process to the supervisor; the first, empty one says that it can be asked. */
  | { readonly metrics: 'report'; readonly report: readonly MetricReport[] }

/** Others may use the channel as well. */
export function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'metrics' in message
}
