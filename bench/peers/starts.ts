import { interleave, type Series, series } from '../serving/slices.ts'
import { applyLoad } from '../serving/wrk.ts'
import { type Answer, assertAgree } from './agree.ts'
import type { Contender } from './contender.ts'

/** How often a server is started to see how long it takes. */
const MAX_ROUNDS = 3
const LOAD_SECONDS = 1

export interface Start {
  readonly ms: number
  /** Of all its processes, after load. Bytes. */
  readonly memory: number
}

export interface Starts {
  readonly contender: Pick<Contender, 'id' | 'title'>
  readonly slices: readonly Start[]
}

/** Starts each server alone, several times. Throws unless all answer the same. */
export async function measureStarts(
  contenders: readonly Contender[],
  { rounds, connections }: { rounds: number; connections: number },
): Promise<Starts[]> {
  const answers = new Map<string, Answer>()
  const all = contenders.map((contender): Starts & Series<Start> => ({
    contender,
    ...series(async () => {
      const { tree, url, startMs, prediction } = await contender.start()
      answers.set(contender.id, { title: contender.title, prediction })
      try {
        await applyLoad({ url, payload: contender.payload, connections, seconds: LOAD_SECONDS })
        return { ms: startMs, memory: await tree.memory() }
      } finally {
        await tree.stop()
      }
    }),
  }))
  await interleave(all, Math.min(rounds, MAX_ROUNDS))
  const [first, ...others] = answers.values()
  if (first) assertAgree(first, others)
  return all
}
