import { readFileSync } from 'node:fs'
import { CreateError } from '../errors.ts'
import { displayPath, findBeside } from './locate.ts'
import { isFileName, type Vars } from './vars.ts'

/** The image that `data_sample` names (VARS.md, "preprocess"). */
export interface SampleImage {
  readonly bytes: Uint8Array
}

const SIGNATURES = [/^\x89PNG\r\n/, /^\xff\xd8\xff/, /^RIFF.{4}WEBP/s]

/**
 * Reads the sample of a model that takes images, beside vars.yaml or in models/ there; null when vars.yaml names none.
 * @throws CreateError `not_found`, or `invalid` when it is no PNG, JPEG or WebP.
 */
export function readSampleImage(cwd: string, varsPath: string, vars: Vars): SampleImage | null {
  const name = sampleName(vars)
  if (vars.preprocess.kind !== 'image' || typeof name !== 'string') return null
  if (!isFileName(name)) {
    throw new CreateError('invalid', `data_sample "${name}" is not a plain file name`, {
      hint: 'Name an image file beside vars.yaml, or in models/ there, without a folder.',
    })
  }
  const path = findBeside(cwd, varsPath, name, 'sample image', { name: 'data_sample:', path: undefined })
  const bytes = readFileSync(path)
  const start = bytes.subarray(0, 16).toString('latin1')
  if (SIGNATURES.some((signature) => signature.test(start))) return { bytes }
  throw new CreateError('invalid', `${displayPath(cwd, path)} is no PNG, JPEG or WebP (data_sample)`)
}

function sampleName({ inputs, data_sample }: Vars): unknown {
  return inputs ? Object.values(inputs)[0]?.sample : data_sample
}
