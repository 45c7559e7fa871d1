import { copyFileSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openServer } from '../../src/edge/server.ts'
import { buildExample, buildModel, buildProject } from '../helpers/built-server.ts'
import { makeFolder } from '../helpers/folder.ts'
import { MODELS } from '../helpers/paths.ts'
import { exportServer, readGolden, runEdge } from './support.ts'

test.each([
  ['two_inputs', 'several inputs, by name'],
  ['all_dtypes', 'several outputs of every type'],
  ['float16', 'half precision'],
  ['leading_1', 'one row at a time'],
  ['scalars', 'no dimension at all'],
  ['no_inputs', 'nothing goes in'],
  ['zero_dim', 'a dimension of size 0'],
  ['external_data', 'weights beside the model'],
  ['binary_classifier', 'one score for two classes'],
])('%s (%s) is exported', async (model) => {
  const server = await buildModel(`${model}.onnx`, makeFolder())
  await exportServer(server)
  const { vectors } = readGolden(server)
  expect(vectors[0]?.name).toBe('sample')
  expect(Object.keys(vectors[0]?.outputs ?? {}).length).toBeGreaterThan(0)
})

test('a derived sample that the model cannot run is refused, and not needed where there is real data', async () => {
  const server = await buildModel('string_input.onnx', makeFolder())
  const refused = await runEdge(server)
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('Give a real sample in vars.yaml')
  const samples = makeFolder({ 'one.json': '{"data": {"colour": [["red"]], "size": [["s"]]}}' })
  const { reports } = await exportServer(server, '--samples', samples)
  expect(reports[0]?.parity.vectors.map(({ name }) => name)).toEqual(['one.json'])
})

test('several rows of a model that takes one at a time are answered one by one', async () => {
  const server = await buildModel('leading_1.onnx', makeFolder())
  await exportServer(server)
  const several = readGolden(server).vectors.find(({ name }) => name === 'several rows')
  const [output] = Object.values(several?.outputs ?? {})
  expect(output?.shape[0]).toBe(3)
})

test('a model in two parts is exported to boards, and to nothing else', async () => {
  const folder = makeFolder({
    'vars.yaml': `name: parts
model_file_name: head.onnx
inputs: {pixels: {dtype: float32, shape: [batch, 3, 8, 8]}}
sample: derived
options: {data_cache: {level: features, encoder: {model_file_name: encoder.onnx, output: features}}}
`,
  })
  for (const model of ['encoder.onnx', 'head.onnx']) copyFileSync(join(MODELS, model), join(folder, model))
  const server = await buildProject({ cwd: folder })
  const { files } = await exportServer(server)
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['board/models/encoder.onnx', 'board/models/head.onnx']),
  )
  const web = await runEdge(server, '--target', 'web,android', '--precision', 'int8')
  expect(web.code).toBe(2)
  expect(web.stderr).toContain('web takes a model of one file, and this one is in two parts')
  expect(web.stderr).toContain('android takes a model of one file')
  expect(web.stderr).toContain('int8 is made of one file')
})

test('a server knows whether its preprocessing is still what vars.yaml declares', async () => {
  const server = await buildExample('digits', makeFolder())
  expect(openServer(server)).toMatchObject({ preprocessIsPristine: true, postprocessIsPristine: true })
  edit(join(server, 'src/model/preprocess.ts'))
  expect(openServer(server)).toMatchObject({ preprocessIsPristine: false, postprocessIsPristine: true })
})

test('preprocessing that the team has edited is what golden vectors are made by', async () => {
  const server = await buildExample('iris', makeFolder())
  const file = join(server, 'dist/model/preprocess.js')
  writeFileSync(
    file,
    `${readFileSync(file, 'utf8').replace('export function preprocess', 'function plain')}
export function preprocess(data) {
  return Object.fromEntries(Object.entries(plain(data)).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.map((x) => x * 2) }]))
}
`,
  )
  await exportServer(server)
  const edited = readGolden(server).vectors[0]
  const plain = await buildExample('iris', makeFolder())
  await exportServer(plain)
  const pristine = readGolden(plain).vectors[0]
  expect(edited?.data).toEqual(pristine?.data)
  expect(edited?.tensors).not.toEqual(pristine?.tensors)
  expect(edited?.prediction).not.toEqual(pristine?.prediction)
})

/** With its time kept, as nothing is built again. */
function edit(file: string): void {
  const { atime, mtime } = statSync(file)
  writeFileSync(file, `${readFileSync(file, 'utf8')}// edited\n`)
  utimesSync(file, atime, mtime)
}
