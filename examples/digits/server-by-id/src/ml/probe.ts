import { numbersOf } from '../transforms/elements.ts'
import { concatRows } from '../transforms/rows.ts'
import type { Tensor, Tensors } from '../transforms/types.ts'
import { mapTensors, sliceTensors } from './batch.ts'
import { gainOf, speedOf, type Timing } from './tuning.ts'

/** A run of the model on some tensors. */
export type Run = (tensors: Tensors) => Promise<Tensors>

/** Runs are timed as long as they take less than this together, ... */
const BUDGET_MS = 3
/** ... within these limits. The first run of a size is slower than all others, and does not count. */
const MIN_RUNS = 3
const MAX_RUNS = 20

/** Rows of the batch that tells whether batches gain anything. */
const PROBE_ROWS = 8

/** Batches are tried in doubling sizes up to this; no model that we have measured gains beyond. */
const MAX_ROWS = 256
/** Of the speed of the size before: below, the next is not tried. */
const STILL_AS_FAST = 0.9

const TOLERANCE = 1e-4

/** What one run of these tensors takes: the fastest of some, as all that disturbs only adds. Throws what the model throws. */
export async function timeRuns(run: Run, tensors: Tensors, rows: number): Promise<Timing> {
  await run(tensors)
  const times: number[] = []
  for (let spent = 0; times.length < MIN_RUNS || (spent < BUDGET_MS && times.length < MAX_RUNS); ) {
    const startedAt = performance.now()
    await run(tensors)
    const ms = performance.now() - startedAt
    times.push(ms)
    spent += ms
  }
  return { rows, ms: Math.min(...times) }
}

/** How many times as many rows per second a small batch does; single rows are timed before and after it, as machines have moods. */
export async function measureGain(run: Run, row: Tensors): Promise<number> {
  const before = await timeRuns(run, row, 1)
  const batch = await timeRuns(run, repeatRow(row, PROBE_ROWS), PROBE_ROWS)
  const after = await timeRuns(run, row, 1)
  return gainOf(after.ms < before.ms ? after : before, batch)
}

/** Growing batches of one row: as long as they do not get slower, and a run takes less than `maxMs`. */
export async function timeBatches(run: Run, row: Tensors, maxMs: number): Promise<readonly [Timing, ...Timing[]]> {
  const timings: [Timing, ...Timing[]] = [await timeRuns(run, row, 1)]
  for (let rows = 2; rows <= MAX_ROWS; rows *= 2) {
    const timing = await timeRuns(run, repeatRow(row, rows), rows)
    const previous = timings.at(-1) ?? timing
    if (timing.ms > maxMs || speedOf(timing) < STILL_AS_FAST * speedOf(previous)) break
    timings.push(timing)
  }
  return timings
}

/** The first row, `rows` times. */
export function repeatRow(tensors: Tensors, rows: number): Tensors {
  return mapTensors(sliceTensors(tensors, 0, 1), (row) => concatRows([row, ...Array(rows - 1).fill(row)]))
}

/**
 * Whether a row is answered the same, whatever stands beside it, and each with a row of its own: what batching relies on.
 * A model that normalises over its batch is not one of those.
 */
export async function hasIndependentRows(run: Run, row: Tensors): Promise<boolean> {
  const alone = await run(row)
  // Some models cannot take zeros, such as a logarithm or a lookup.
  const beside = await run(withZeros(row)).catch(() => run(repeatRow(row, 2)))
  return Object.entries(alone).every(([name, tensor]) => isFirstOfTwo(tensor, beside[name]))
}

function withZeros(row: Tensors): Tensors {
  return mapTensors(row, (tensor) => concatRows([tensor, zerosLike(tensor)]))
}

function zerosLike({ dtype, shape, data }: Tensor): Tensor {
  if (!ArrayBuffer.isView(data)) return { dtype, shape, data: data.map(() => '') }
  const zeros = data.slice()
  new Uint8Array(zeros.buffer).fill(0)
  return { dtype, shape, data: zeros }
}

function isFirstOfTwo(alone: Tensor, two: Tensor | undefined): boolean {
  if (two === undefined || alone.shape[0] !== 1 || two.shape[0] !== 2) return false
  if (two.data.length !== 2 * alone.data.length) return false
  if (alone.dtype === 'string') return [...alone.data].every((value, index) => value === two.data[index])
  const expected = numbersOf(alone)
  const first = numbersOf(two).subarray(0, expected.length)
  return first.every((value, index) => isClose(value, expected[index] ?? 0))
}

function isClose(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b))
}
