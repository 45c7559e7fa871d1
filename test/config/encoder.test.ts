import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderProject, resolveProject } from '../../src/create.ts'
import { errorOf } from '../helpers/errors.ts'
import { makeProject } from '../helpers/folder.ts'
import { MODELS } from '../helpers/paths.ts'

const PARTS = `name: parts
model_file_name: head.onnx
sample: derived
options:
  data_cache:
    level: features
    encoder: {model_file_name: encoder.onnx, output: features}
`

function resolveParts(vars: string, model = 'head.onnx', encoder = 'encoder.onnx') {
  const cwd = makeProject(model, { 'vars.yaml': vars })
  copyFileSync(join(MODELS, encoder), join(cwd, encoder))
  return resolveProject({ cwd })
}

test('an encoder and a model are one: requests bring what the encoder takes, and get what the model gives', async () => {
  const { config } = await resolveParts(PARTS)
  expect(config).toMatchObject({
    model: { file: 'head.onnx' },
    encoder: {
      file: 'encoder.onnx',
      output: 'features',
      input: 'h',
      features: { name: 'features', dtype: 'float32', shape: ['batch', 16] },
    },
    inputs: [{ name: 'pixels', dtype: 'float32', shape: ['batch', 3, 8, 8] }],
    outputs: [{ name: 'scores', dtype: 'float32', shape: ['batch', 4] }],
    rows: true,
  })
})

test('both are stored, and the contract has both', async () => {
  const files = await renderProject(await resolveParts(PARTS))
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['models/encoder.onnx', 'models/head.onnx']))
})

test.each([
  [
    'an output that it does not have',
    PARTS.replace('output: features', 'output: feature'),
    'vars.yaml:7:54 | options.data_cache.encoder.output | the encoder has no output "feature" (it has "features")',
  ],
  [
    'no encoder',
    PARTS.replace(/ {4}encoder.*\n/, ''),
    'vars.yaml:6:12 | options.data_cache.level | features needs encoder: {model_file_name, output}',
  ],
  [
    'an encoder at another level',
    PARTS.replace('level: features', 'level: preprocessed'),
    'vars.yaml:7:14 | options.data_cache.encoder | goes with level: features only',
  ],
  [
    'the model itself as its encoder',
    PARTS.replace('encoder.onnx', 'head.onnx'),
    'options.data_cache.encoder.model_file_name | is the model itself: name the part in front of it',
  ],
  [
    'an encoder whose output is of another shape',
    PARTS.replace('encoder.onnx, output: features', 'encoder_with_head.onnx, output: scores'),
    '"scores" is float32 (batch,4), but the model\'s input "h" is float32 (batch,16)',
  ],
  [
    'a model that takes several things',
    PARTS.replace('head.onnx', 'all_dtypes.onnx'),
    'options.data_cache.encoder | feeds the one input of the model, but the model has 13 (float32, float64, ',
  ],
])('%s is said', async (_, vars, expected) => {
  const [model, encoder = 'encoder.onnx'] = Array.from(vars.matchAll(/\w+\.onnx/g), ([file]) => file)
  expect(await errorOf(() => resolveParts(vars, model, encoder))).toContain(expected)
})

test('an encoder that is not there is said with where it was looked for', async () => {
  const cwd = makeProject('head.onnx', { 'vars.yaml': PARTS })
  expect(await errorOf(() => resolveProject({ cwd }))).toMatch(/The encoder is not there: neither as .*encoder\.onnx/)
})
