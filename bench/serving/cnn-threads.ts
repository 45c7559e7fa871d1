import { z } from 'zod'
import { type Child, startChild } from './child.ts'
import { askRate, type CnnSetup } from './cnn-setup.ts'
import { BOTH_CORES } from './cores.ts'
import { interleave, series } from './slices.ts'
import { ratios } from './statistics.ts'
import type { Measure } from './table.ts'

const helloSchema = z.object({ hasInferenceThreads: z.boolean() })

/** What two inference threads do, as a multiple of what one does. Nothing when the server has no such threads. */
export async function measureThreads({ folder, target, photo, rounds, seconds }: CnnSetup): Promise<Measure[]> {
  async function start(threads: number): Promise<{ child: Child; first: unknown }> {
    const env = { INFERENCE_THREADS: String(threads), INTRA_OP_THREADS: '1' }
    return startChild(folder, { script: 'drive', args: [target, photo], cores: BOTH_CORES, env })
  }
  const [one, two] = [await start(1), await start(2)]
  try {
    if (!helloSchema.parse(two.first).hasInferenceThreads) return []
    const ask = (child: Child, what: string) => series(() => askRate(child, { what, seconds }))
    const tensors = { one: ask(one.child, 'infer'), two: ask(two.child, 'infer') }
    const photos = { one: ask(one.child, 'predict'), two: ask(two.child, 'predict') }
    await interleave([tensors.one, tensors.two, photos.one, photos.two], rounds)
    return [
      { what: 'one thread, tensors/s', values: tensors.one.slices, digits: 1 },
      {
        what: 'two threads of one, tensors',
        values: ratios(tensors.two.slices, tensors.one.slices),
        digits: 2,
        goal: { atLeast: 1.5 },
      },
      { what: 'one thread, photos/s', values: photos.one.slices, digits: 1 },
      { what: 'two threads of one, photos', values: ratios(photos.two.slices, photos.one.slices), digits: 2 },
    ]
  } finally {
    await Promise.all([one.child.stop(), two.child.stop()])
  }
}
