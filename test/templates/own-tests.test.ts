import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { create } from '../../src/create.ts'
import { runCli } from '../helpers/cli.ts'
import { IRIS_VARS, makeFolder, makeIris } from '../helpers/folder.ts'
import { MODELS, ROOT } from '../helpers/paths.ts'

/** Each is a kind of model that the server must serve as it serves iris: its own tests say whether it does. */
test.each([
  ['all_dtypes', 'several outputs of every type'],
  ['float16', 'half precision'],
  ['string_input', 'strings, and a derived sample that the model cannot run'],
  ['leading_1', 'one row at a time'],
  ['scalars', 'no dimension at all'],
  ['no_inputs', 'nothing goes in'],
  ['no_shape', 'an undeclared rank'],
  ['zero_dim', 'a dimension of size 0'],
])('a server of %s (%s) passes its own tests', async (model) => {
  const folder = makeFolder()
  const file = join(MODELS, `${model}.onnx`)
  const options = ['--name', 'sample', '--yes', '--set', 'options.grpc.port=8001']
  const generated = await runCli(folder, ['--model', file, ...options])
  expect(generated.code, generated.stderr).toBe(0)
  const server = join(folder, 'sample')
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  await expectToPass(server, ['predict', 'errors', 'v2', 'v2-errors', 'grpc', 'grpc-errors'])
})

test('a server of images passes its own tests over gRPC, which takes the tensors that are made of them', async () => {
  const folder = makeFolder()
  const vars = join(ROOT, 'examples/digits/vars.yaml')
  const options = ['--variable_file', vars, '--out', folder, '--yes', '--set', 'options.grpc.port=8001']
  const generated = await runCli(folder, options)
  expect(generated.code, generated.stderr).toBe(0)
  const server = join(folder, 'digits')
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  await expectToPass(server, ['grpc', 'grpc-errors'])
})

test('a server with gRPC and tracing passes the tests of both, and its own check of types and style', async () => {
  const folder = makeIris({ 'vars.yaml': `${IRIS_VARS}options: {grpc: {}, tracing: {}}\n` })
  const { project } = await create({ cwd: folder })
  const server = project.inputs.target
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  const files = readdirSync(join(server, 'test')).filter((file) => /^(grpc|tracing).*\.test\.ts$/.test(file))
  expect(files.length).toBeGreaterThan(4)
  await expectToPass(
    server,
    files.map((file) => file.replace('.test.ts', '')),
  )
  const lint = await execa({ cwd: server, reject: false })`npm run lint`
  expect(lint.exitCode, lint.stdout + lint.stderr).toBe(0)
})

async function expectToPass(server: string, tests: readonly string[]): Promise<void> {
  const files = tests.map((name) => `test/${name}.test.ts`)
  const { stdout, exitCode } = await execa({ cwd: server, reject: false })`node --import tsx --test ${files}`
  expect(exitCode, stdout).toBe(0)
}
