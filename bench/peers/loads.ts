import { setTimeout as sleep } from 'node:timers/promises'
import { interleave, series } from '../serving/slices.ts'
import { applyLoad, type LoadSlice } from '../serving/wrk.ts'
import type { Contender, Running } from './contender.ts'

/** Some servers learn from requests how to form batches, and one was still slow with a single connection 20 s after many. */
const WARM_UP_SECONDS = 3
const SETTLE_MS = 500

export interface Load {
  readonly contender: Pick<Contender, 'id' | 'title'>
  readonly connections: number
  readonly slices: readonly LoadSlice[]
}

interface Options {
  readonly connections: readonly number[]
  readonly rounds: number
  readonly seconds: number
}

/**
 * Loads the servers in turn. All run from beginning to end, and all but the one that is measured are stopped by a signal
 * (SIGSTOP): those that poll while they wait would take the core from it.
 */
export async function measureLoads(contenders: readonly Contender[], options: Options): Promise<Load[]> {
  const started: { contender: Contender; running: Running }[] = []
  try {
    for (const contender of contenders) {
      const running = await contender.start()
      started.push({ contender, running })
      await running.tree.pause()
    }
    const results: Load[] = []
    for (const connections of options.connections) {
      const loads = started.map(({ contender, running }) => ({
        contender,
        connections,
        warmUp: () => loadAlone(running, contender, connections, WARM_UP_SECONDS),
        ...series(() => loadAlone(running, contender, connections, options.seconds)),
      }))
      for (const { warmUp } of loads) await warmUp()
      await interleave(loads, options.rounds)
      results.push(...loads)
    }
    return results
  } finally {
    await Promise.all(started.map(({ running }) => running.tree.stop()))
  }
}

async function loadAlone(running: Running, { payload }: Contender, connections: number, seconds: number) {
  const { tree, url } = running
  await tree.resume()
  const slice = await applyLoad({ url, payload, connections, seconds })
  await pauseSettled(running)
  return slice
}

/** What was still asked when wrk hung up is answered first: a pause in the midst of a batch would be taken for its duration. */
async function pauseSettled({ tree }: Running): Promise<void> {
  await sleep(SETTLE_MS)
  await tree.pause()
}
