import { readFileSync } from 'node:fs'
import { SampleError } from '../ml/errors.ts'
import type { Pipeline } from '../ml/pipeline.ts'
import type { Contract } from '../transforms/types.ts'

/** The sample of vars.yaml, an image in models/, as a request; null when the sample is no image. Throws SampleError. */
export function readSample({ sample }: Contract): Pipeline['sample'] | null {
  const { image } = Object(sample.data)
  if (typeof image !== 'string') return null
  try {
    const bytes = readFileSync(new URL(`../../models/${encodeURIComponent(image)}`, import.meta.url))
    return { data: { b64: bytes.toString('base64') } }
  } catch (cause) {
    throw new SampleError(`the sample models/${image} cannot be read: ${cause}`, { cause })
  }
}
