import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Config } from '../../src/config/config.ts'
import { makeEnvironment, renderText } from '../../src/render/environment.ts'

export const TEMPLATE_DIR = fileURLToPath(new URL('../../templates/fastify-onnx', import.meta.url))

const iris: Config = {
  name: 'iris',
  template: { name: 'fastify-onnx', version: '1' },
  model: {
    file: 'iris.onnx',
    sha256: '3f'.repeat(32),
    bytes: 900,
    producer: 'skl2onnx',
    opsets: { 'ai.onnx': 17 },
    external_data: [],
    needs_locale: false,
  },
  encoder: null,
  inputs: [{ name: 'float_input', dtype: 'float32', shape: ['batch', 4] }],
  outputs: [{ name: 'probabilities', dtype: 'float32', shape: ['batch', 3] }],
  task: 'classification',
  rows: true,
  predict: { output: 'probabilities', activation: 'none' },
  labels: { file: 'label.json', names: ['setosa', 'versicolor', 'virginica'] },
  sample: { given: true, data: [[5.1, 3.5, 1.4, 0.2]], prediction: [0.98, 0.02, 0] },
  preprocess: { kind: 'none' },
  runtime: { node: 24, onnxruntime: '1.30.0' },
  server: { port: 8000 },
  image: { repository: 'example/iris', model: 'baked', url: null, sha256: null },
  resources: { cpu: 1, memory: '512Mi', replicas: 2 },
  budget: { latency_p99_ms: 100, availability: 0.999, throughput_rps: 50 },
  code_owners: null,
  features: [],
  options: {},
}

/** The Config of a small classifier, with some of it replaced. */
export function configWith(more: Partial<Config> = {}): Config {
  return { ...iris, ...more }
}

/** One template of `files/`, rendered as the generator does it. */
export function renderTemplate(file: string, config: Config): string {
  return renderText(makeEnvironment(), file, readFileSync(`${TEMPLATE_DIR}/files/${file}`, 'utf8'), config)
}
