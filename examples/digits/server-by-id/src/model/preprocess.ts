import { contract } from '../contract.ts'
import { toChannels } from '../transforms/channels.ts'
import { fitImage } from '../transforms/crop.ts'
import type { Image, ImageSpec } from '../transforms/image.ts'
import { stackImages } from '../transforms/normalise.ts'
import { onlyInput } from '../transforms/only-input.ts'
import type { Tensors } from '../transforms/types.ts'

/** As vars.yaml declares it. Training must have done the same: a model is as good as its preprocessing is true. */
const SPEC: ImageSpec = {
  size: [28, 28],
  crop: 'none',
  resize: null,
  resample: 'bilinear',
  channels: 'gray',
  layout: 'nchw',
  mean: [0.3],
  std: [0.35],
}

const INPUT = onlyInput(contract)

/**
 * From decoded images (RGB, upright) to the model's input: N images in, N rows out. The server and the browser run this same
 * file, so it imports nothing of Node. It is yours: generating again never overwrites it.
 */
export function preprocess(images: readonly Image[]): Tensors {
  const fitted = images.map((image) => fitImage(toChannels(image, SPEC.channels), SPEC))
  return { [INPUT]: stackImages(fitted, SPEC, 'float32') }
}
