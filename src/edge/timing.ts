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
