import type { Job } from './job.ts'

/** Consumed places at the front are given back in one go. */
const COMPACT_AFTER = 1024

/** Jobs in the order in which they came. Counts rows, which is what a model's time depends on. */
export class JobQueue {
  #jobs: Job[] = []
  #head = 0
  #rows = 0

  get rows(): number {
    return this.#rows
  }

  get length(): number {
    return this.#jobs.length - this.#head
  }

  get first(): Job | undefined {
    return this.#jobs[this.#head]
  }

  push(job: Job): void {
    this.#jobs.push(job)
    this.#rows += job.rows
  }

  shift(): Job | undefined {
    const job = this.#jobs[this.#head]
    if (job === undefined) return undefined
    this.#head += 1
    this.#rows -= job.rows
    if (this.#head === this.#jobs.length || this.#head >= COMPACT_AFTER) {
      this.#jobs = this.#jobs.slice(this.#head)
      this.#head = 0
    }
    return job
  }

  /** Back to the front, in their order. */
  unshift(jobs: readonly Job[]): void {
    if (jobs.length === 0) return
    this.#jobs = [...jobs, ...this.#jobs.slice(this.#head)]
    this.#head = 0
    for (const job of jobs) this.#rows += job.rows
  }
}
