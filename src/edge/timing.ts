import type { Answerer, Stages } from './answer.ts'
import type { Case } from './cases.ts'

const RUNS = 15

/** Milliseconds of each stage for one request, on one thread, warm: the median of some runs. */
export async function timeStages({ answer }: Answerer, { data }: Case): Promise<Stages> {
  await answer(data)
  const runs: Stages[] = []
  for (let run = 0; run < RUNS; run += 1) runs.push((await answer(data)).ms)
  const median = (stage: keyof Stages) => {
    const sorted = runs.map((ms) => ms[stage]).sort((a, b) => a - b)
    return Number((sorted[RUNS >> 1] ?? 0).toPrecision(3))
  }
  return {
    decode: median('decode'),
    preprocess: median('preprocess'),
    inference: median('inference'),
    postprocess: median('postprocess'),
  }
}

const LEAST_ROUNDS = 9
const MOST_ROUNDS = 99
/** For large models: time enough for the least rounds only. */
const MOST_MS = 1000

/**
 * How long the second one's model takes for a request, as a multiple of the first one's: medians of runs in turns, as other
 * programs slow both down alike.
 */
export async function compareTimes([first, second]: readonly [Answerer, Answerer], { data }: Case): Promise<number> {
  const [own, other]: [number[], number[]] = [[], []]
  await first.answer(data)
  await second.answer(data)
  const start = performance.now()
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if (round >= LEAST_ROUNDS && performance.now() - start > MOST_MS) break
    own.push((await first.answer(data)).ms.inference)
    other.push((await second.answer(data)).ms.inference)
  }
  return Number((medianOf(other) / medianOf(own)).toFixed(2))
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
