import type { Contract } from './transforms/types.ts'

/** All that this server knows of its model. Data only, made from vars.yaml and the model: change those, not this file. */
export const contract: Contract = {
  name: 'iris',
  template: { name: 'fastify-onnx', version: '1' },
  model: {
    file: 'iris.onnx',
    sha256: 'af4f3f30ceed6d3a4baddf9de7174d2dc2064b5e2cdb0de5d6c9f56b10ff7a10',
    bytes: 682,
  },
  encoder: null,
  task: 'classification',
  rows: true,
  inputs: [{ name: 'float_input', dtype: 'float32', shape: ['batch', 4] }],
  outputs: [
    { name: 'output_label', dtype: 'int64', shape: ['batch'] },
    { name: 'probabilities', dtype: 'float32', shape: ['batch', 3] },
  ],
  predict: { output: 'probabilities', activation: 'none' },
  labels: ['setosa', 'versicolor', 'virginica'],
  sample: { given: true, data: [[5.1, 3.5, 1.4, 0.2]], prediction: [0.98028725, 0.01971196, 7.5e-7] },
  preprocess: { kind: 'none' },
  budget: { latencyP99Ms: 100 },
  server: { port: 8000 },
}
