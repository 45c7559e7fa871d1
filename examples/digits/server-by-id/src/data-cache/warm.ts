import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DataCache } from './cache.ts'
import { explainId } from './ids.ts'

/** What became of the ids of a warm-up. Whoever asks again, after it was cut off, finds the first ones cached already. */
export interface WarmReport {
  readonly ids: number
  /** There already. */
  readonly cached: number
  readonly loaded: number
  /** Without data in the source. */
  readonly missing: number
  /** A tier did not take them. */
  readonly unsaved: number
  readonly failed: number
  /** Of the ids that are missing or failed: some, with the reason. */
  readonly problems: readonly { readonly id: string; readonly detail: string }[]
}

export interface WarmOptions {
  /** Also what is cached already. */
  readonly anew: boolean
  /** Ids at a time. */
  readonly atOnce: number
  readonly signal?: AbortSignal
  /** After each id. */
  onProgress?(done: number): void
}

const MAX_PROBLEMS = 20

/** Fills the cache. Ids that cannot be had are counted, and do not stop it; only the list of ids itself may throw. */
export async function warmAll(
  cache: Pick<DataCache, 'warm'>,
  ids: AsyncIterable<string> | Iterable<string>,
  { anew, atOnce, signal, onProgress }: WarmOptions,
): Promise<WarmReport> {
  const counts = { cached: 0, loaded: 0, missing: 0, unsaved: 0, failed: 0 }
  const problems: { id: string; detail: string }[] = []
  let done = 0
  async function warm(id: string): Promise<void> {
    try {
      const warmed = await cache.warm(id, anew)
      counts[warmed] += 1
      if (warmed === 'missing') note(id, 'no data')
    } catch (error) {
      counts.failed += 1
      note(id, error instanceof Error ? error.message : String(error))
    }
    done += 1
    onProgress?.(done)
  }
  function note(id: string, detail: string): void {
    if (problems.length < MAX_PROBLEMS) problems.push({ id, detail })
  }
  const running = new Set<Promise<void>>()
  for await (const id of ids) {
    if (signal?.aborted) break
    const one: Promise<void> = warm(id).finally(() => running.delete(one))
    running.add(one)
    if (running.size >= atOnce) await Promise.race(running)
  }
  await Promise.all(running)
  return { ids: done, ...counts, problems }
}

/** Of a file with one id per line; empty lines are left out. Throws what node:fs throws, and for a line that is no id. */
export async function* readIds(file: string): AsyncIterable<string> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    const id = line.trim()
    if (id === '') continue
    const wrong = explainId(id)
    if (wrong !== null) throw new Error(`${file}:${number}: ${wrong}`)
    yield id
  }
}

/** Of several processes: each has a memory of its own. */
export function addReports(reports: readonly WarmReport[]): WarmReport {
  const sum = (key: Exclude<keyof WarmReport, 'problems'>) => reports.reduce((total, report) => total + report[key], 0)
  return {
    ids: Math.max(0, ...reports.map(({ ids }) => ids)),
    cached: sum('cached'),
    loaded: sum('loaded'),
    missing: sum('missing'),
    unsaved: sum('unsaved'),
    failed: sum('failed'),
    problems: [...new Map(reports.flatMap(({ problems }) => problems.map((one) => [one.id, one] as const))).values()],
  }
}
