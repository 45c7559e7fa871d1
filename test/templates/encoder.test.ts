import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../../templates/fastify-onnx/base/src/ml/engine.ts'
import { FEATURES, type ModelOptions, openModel } from '../../templates/fastify-onnx/base/src/ml/model.ts'
import { openPool } from '../../templates/fastify-onnx/base/src/ml/pool.ts'
import type { Tensors } from '../../templates/fastify-onnx/base/src/transforms/types.ts'
import { makeFolder } from '../helpers/folder.ts'
import { MODELS } from '../helpers/paths.ts'
import { expectToPass, generate, OWN } from './data-cache-server.ts'
import { picture } from './image-files.ts'

const PARTS: ModelOptions = {
  file: join(MODELS, 'head.onnx'),
  inputs: ['h'],
  outputs: ['scores'],
  intraOpThreads: 1,
  encoder: { file: join(MODELS, 'encoder.onnx'), inputs: ['pixels'], output: 'features' },
}
const WHOLE: ModelOptions = {
  ...PARTS,
  file: join(MODELS, 'encoder_with_head.onnx'),
  inputs: ['pixels'],
  encoder: null,
}

async function open(engine: Promise<Engine>): Promise<Engine> {
  const opened = await engine
  onTestFinished(() => opened.close())
  return opened
}

function pixels(rows: number): Tensors {
  const data = Float32Array.from({ length: rows * 3 * 64 }, (_, index) => Math.sin(index))
  return { pixels: { dtype: 'float32', shape: [rows, 3, 8, 8], data } }
}

test.each([
  ['on the event loop', () => openModel(PARTS)],
  ['in a thread', () => openPool(PARTS, 1, () => undefined)],
])('an encoder and what it feeds answer as the whole does, %s, also one after the other', async (_, start) => {
  const parts = await open(start())
  const whole = await open(openModel(WHOLE))
  const expected = await whole.infer(pixels(3), ['scores'])
  expect(await parts.infer(pixels(3), ['scores'])).toEqual(expected)
  const features = await parts.infer(pixels(3), [FEATURES])
  expect(features[FEATURES]).toMatchObject({ dtype: 'float32', shape: [3, 16] })
  expect(await parts.infer(features, ['scores'])).toEqual(expected)
})

test('an encoder that is another than the contract says stops the start', async () => {
  const encoder = { file: join(MODELS, 'encoder.onnx'), inputs: ['pixels'], output: 'another' }
  await expect(openModel({ ...PARTS, encoder })).rejects.toThrow(/has no output "another"/)
})

test('a server keeps what its encoder makes of images, and answers by id as it does to the images themselves', async () => {
  const folder = makeFolder()
  mkdirSync(join(folder, 'data'))
  for (const model of ['encoder.onnx', 'head.onnx']) copyFileSync(join(MODELS, model), join(folder, model))
  const png = await picture().resize(20, 12).png().toBuffer()
  for (const file of ['sample.png', 'data/0000.png']) writeFileSync(join(folder, file), png)
  writeFileSync(
    join(folder, 'vars.yaml'),
    `name: parts
model_file_name: head.onnx
data_sample: sample.png
task: classification
preprocess: {kind: image}
options:
  data_cache:
    level: features
    sample_id: "0000"
    encoder: {model_file_name: encoder.onnx, output: features}
  prediction_cache: {}
`,
  )
  const server = await generate(folder, [], 'parts')
  await expectToPass(server, [...OWN, 'image', 'predict', 'metadata', 'model', 'v2'])
})
