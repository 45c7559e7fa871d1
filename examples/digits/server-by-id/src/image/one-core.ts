import { QueueFull } from '../ml/errors.ts'
import type { Pipeline } from '../ml/pipeline.ts'
import type { Runner } from '../ml/runner.ts'
import type { Image } from '../transforms/image.ts'
import type { ImageFile } from './body.ts'
import { Turns } from './turns.ts'

/** What uses up the processor. */
export interface Work {
  readonly decode: (files: readonly ImageFile[]) => Promise<Image[]>
  readonly infer: Pipeline['infer']
}

/**
 * The same, one after the other. Requests whose images wait for their turn are in front of the model's queue: there may be as
 * many of them as rows in it. Decoding rejects with QueueFull beyond that.
 */
export function takingTurns({ decode, infer }: Work, model: Pick<Runner, 'limits'>): Work {
  const turns = new Turns()
  // Until the model is tuned, requests wait for that, and the warm-up must not wait for them.
  const isTuned = () => model.limits.slots > 0

  async function decodeInTurn(files: readonly ImageFile[]): Promise<Image[]> {
    if (!isTuned()) return decode(files)
    const { queueRows, rowsPerSecond } = model.limits
    if (turns.waiting >= queueRows) {
      throw new QueueFull('The server has more images waiting than it may.', (turns.waiting / rowsPerSecond) * 1000)
    }
    return turns.decode(() => decode(files))
  }
  return {
    decode: decodeInTurn,
    infer: (...request) => (isTuned() ? turns.infer(() => infer(...request)) : infer(...request)),
  }
}
