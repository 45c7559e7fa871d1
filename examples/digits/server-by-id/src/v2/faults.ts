import type { Fault } from '../transforms/errors.ts'

/** What is wrong with a request in one text, as the Open Inference Protocol has errors. */
export function describeFaults(faults: readonly Fault[]): string {
  // What the model itself refuses is told with a pointer into the body of /predict.
  const sentences = faults.map(({ pointer, detail }) =>
    pointer === '' || pointer.startsWith('/data') ? detail : `${pointer}: ${detail}`,
  )
  return sentences.join('; ')
}
