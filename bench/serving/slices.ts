import { setTimeout as sleep } from 'node:timers/promises'

/** Before each slice: what the one before left behind, such as requests that nobody waits for any more, is done by then. */
const SETTLE_MS = 500

/** Something that is measured in turn with others. */
export interface Series<Slice> {
  /** What was measured so far, one per round. */
  readonly slices: readonly Slice[]
  measure(): Promise<void>
}

/** A series of slices, none of them measured yet. */
export function series<Slice>(measureSlice: () => Promise<Slice>): Series<Slice> {
  const slices: Slice[] = []
  return {
    slices,
    async measure() {
      slices.push(await measureSlice())
    },
  }
}

/**
 * Measures each once per round, never two at once. Each round starts with another one, so that none always comes first.
 */
export async function interleave(all: readonly Series<unknown>[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const first = round % all.length
    for (const one of [...all.slice(first), ...all.slice(0, first)]) {
      await sleep(SETTLE_MS)
      await one.measure()
    }
  }
}
