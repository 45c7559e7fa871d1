import type { Feature } from '../feature.ts'
import type { Decoded } from '../ml/pipeline.ts'
import { Prepared } from '../ml/prepared.ts'
import { usableCores } from '../ml/resources.ts'
import type { Image } from '../transforms/image.ts'
import { assertCount, readFiles } from './body.ts'
import { DECODER, makeDecoder } from './decode.ts'
import { TYPES } from './format.ts'
import { takingTurns, type Work } from './one-core.ts'
import { readSample } from './sample.ts'
import { imageBodySchema } from './schema.ts'
import { env } from './settings.ts'

const MIB = 2 ** 20
/** An image file of this size fits into a body, also as base64. */
const FILE_BYTES = 20 * MIB
/** Of a number of the model's own input tensor as JSON. */
const BYTES_PER_NUMBER = 25

/** The model's input is an image: POST /predict takes files, as its body or as base64 in JSON; and still tensors. */
export const feature: Feature<typeof env> = {
  name: 'image',
  env,
  wrap(inner, { config, contract }, { model }) {
    const cores = usableCores()
    const work: Work = { decode: makeDecoder(config, cores), infer: (...request) => inner.infer(...request) }
    const { decode, infer } = cores === 1 ? takingTurns(work, model) : work
    return {
      ...inner,
      infer,
      bodySchema: imageBodySchema(inner.bodySchema),
      bodyTypes: TYPES,
      decoder: DECODER,
      sample: readSample(contract) ?? inner.sample,
      decode(body) {
        const files = readFiles(body)
        if (files === null) return inner.decode(body)
        assertCount(files.length, contract, config)
        return decode(files)
      },
      preprocess(input) {
        if (isImages(input)) return inner.preprocess(input)
        // The model's own input tensor is prepared already.
        return input instanceof Prepared ? input.tensors : input
      },
    }
  },
  bodyLimit({ contract }) {
    const [shape] = contract.inputs.map((input) => input.shape ?? [])
    const size = shape?.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1) ?? 1
    return Math.max(Math.ceil((FILE_BYTES * 4) / 3) + MIB, size * BYTES_PER_NUMBER * 2)
  },
}

function isImages(input: Decoded): input is readonly Image[] {
  return Array.isArray(input)
}
