import type { Contract } from './transforms/types.ts'

/** All that this server knows of its model. Data only, made from vars.yaml and the model: change those, not this file. */
export const contract: Contract = {
  name: 'digits',
  template: { name: 'fastify-onnx', version: '1' },
  model: {
    file: 'digits.onnx',
    sha256: '24d61d1ac2a1efad717a3a31605264a493d2d60af71fda8f9cd54f71272dbd34',
    bytes: 36974,
  },
  encoder: null,
  task: 'classification',
  rows: true,
  inputs: [{ name: 'image', dtype: 'float32', shape: ['batch', 1, 28, 28] }],
  outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 10] }],
  predict: { output: 'logits', activation: 'softmax' },
  labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  sample: {
    given: true,
    data: { image: 'digit.png' },
    prediction: [4.3e-7, 1e-8, 2.6e-7, 0.00000712, 0.00007952, 1e-8, 0, 0.90677883, 0.0000806, 0.09305321],
  },
  preprocess: {
    kind: 'image',
    size: [28, 28],
    crop: 'none',
    resize: null,
    resample: 'bilinear',
    channels: 'gray',
    layout: 'nchw',
    mean: [0.3],
    std: [0.35],
  },
  budget: { latencyP99Ms: 100 },
  server: { port: 8000 },
}
