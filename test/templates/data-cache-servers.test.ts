import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { IRIS_VARS, makeFolder, makeIris } from '../helpers/folder.ts'
import { MODELS, ROOT } from '../helpers/paths.ts'
import { expectToPass, generate, OWN } from './data-cache-server.ts'

test('a server with data by id passes its own tests, and its own check of types and style', async () => {
  const vars = `${IRIS_VARS}options: {data_cache: {sample_id: "0000"}}\n`
  const cwd = makeIris({ 'vars.yaml': vars, 'data/0000.json': '[[5.1, 3.5, 1.4, 0.2]]', 'data/0001.json': '[]' })
  const server = await generate(cwd, [], 'iris')
  await expectToPass(server, [...OWN, 'predict', 'metadata', 'model', 'v2'])
  const lint = await execa({ cwd: server, reject: false })`npm run lint`
  expect(lint.exitCode, lint.stdout + lint.stderr).toBe(0)
})

test('a server of images finds them by id', async () => {
  const digits = join(ROOT, 'examples/digits')
  const folder = makeFolder()
  mkdirSync(join(folder, 'data'))
  for (const file of ['vars.yaml', 'digits.onnx', 'digit.png', 'label.json'])
    copyFileSync(join(digits, file), join(folder, file))
  copyFileSync(join(digits, 'digit.png'), join(folder, 'data/7.png'))
  const server = await generate(folder, ['--set', 'options.data_cache={sample_id: "7"}'], 'digits')
  await expectToPass(server, [...OWN, 'image'])
})

test.each([
  ['string_input', 'strings, which are data where an id would be'],
  ['all_dtypes', 'several inputs'],
])('a server of %s (%s) finds data by id behind HTTP', async (model) => {
  const folder = makeFolder()
  const source = 'options.data_cache={source: {kind: http, base_url: "http://127.0.0.1:9"}}'
  const args = ['--model', join(MODELS, `${model}.onnx`), '--name', 'sample', '--set', source]
  await expectToPass(await generate(folder, args, 'sample'), OWN)
})

test('a server keeps what the model answered, beside the data', async () => {
  const options = 'options: {data_cache: {}, prediction_cache: {ttl_s: 5}}\n'
  const cwd = makeIris({ 'vars.yaml': `${IRIS_VARS}${options}` })
  const server = await generate(cwd, [], 'iris')
  await expectToPass(server, ['prediction-cache', 'data-cache', 'predict', 'v2'])
})
