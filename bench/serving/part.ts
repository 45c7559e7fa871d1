import type { Section } from './results.ts'

/** A part of the benchmark: measures in a folder of its own, below one where node_modules is, and says what came out. */
export type Part = (options: PartOptions) => Promise<Omit<Section, 'id'>>

export interface PartOptions {
  readonly folder: string
  /** Slices of each thing that is measured. */
  readonly rounds: number
  /** Of one slice. */
  readonly seconds: number
}
