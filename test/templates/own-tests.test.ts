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
  const options = ['options.grpc.port=8001'].flatMap((option) => ['--set', option])
  const file = join(MODELS, `${model}.onnx`)
  const generated = await runCli(folder, ['--model', file, '--name', 'sample', '--yes', ...options])
  expect(generated.code, generated.stderr).toBe(0)
  const server = join(folder, 'sample')
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  const files = ['predict', 'errors', 'v2', 'v2-errors', 'grpc'].map((name) => `test/${name}.test.ts`)
  const { stdout, exitCode } = await execa({ cwd: server, reject: false })`node --import tsx --test ${files}`
  expect(exitCode, stdout).toBe(0)
})

test('a server with gRPC and tracing passes the tests of both, and its own check of types and style', async () => {
  const folder = makeIris({ 'vars.yaml': `${IRIS_VARS}options: {grpc: {}, tracing: {}}\n` })
  const { project } = await create({ cwd: folder })
  const server = project.inputs.target
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  const files = readdirSync(join(server, 'test')).filter((file) => /^(grpc|tracing).*\.test\.ts$/.test(file))
  expect(files.length).toBeGreaterThan(4)
  const paths = files.map((file) => `test/${file}`)
  const { stdout, exitCode } = await execa({ cwd: server, reject: false })`node --import tsx --test ${paths}`
  expect(exitCode, stdout).toBe(0)
  const lint = await execa({ cwd: server, reject: false })`npm run lint`
  expect(lint.exitCode, lint.stdout + lint.stderr).toBe(0)
})
