import type { Check } from './verdict.ts'

/** One of the scripts: what it does to a server, and what is promised. */
export interface Part {
  readonly id: string
  readonly title: string
  readonly introduction: string
  /** `folder` is its own, below one where node_modules is. */
  run(folder: string): Promise<readonly Check[]>
}
