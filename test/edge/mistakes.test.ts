import { cpSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { generateExample } from '../../scripts/examples.ts'
import { buildExample } from '../helpers/built-server.ts'
import { runCli } from '../helpers/cli.ts'
import { makeFolder, makeSharedFolder, writeFiles } from '../helpers/folder.ts'
import { MODELS } from '../helpers/paths.ts'

const folder = makeSharedFolder()
let iris = ''
beforeAll(async () => {
  iris = await buildExample('iris', folder)
})

/** The built iris server in a folder of its own, where it can be broken. */
function copyIris(): string {
  const copy = join(makeFolder(), 'iris')
  cpSync(iris, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  return copy
}

async function refusal(cwd: string, ...args: string[]): Promise<string> {
  const { code, stderr } = await runCli(cwd, ['edge', 'export', ...args])
  return `${code} ${stderr.replaceAll(cwd, 'CWD')}`
}

test('a folder that is no server', async () => {
  expect(await refusal(folder)).toMatchInlineSnapshot(`
    "2 ✖ this folder is no generated server: it has no inference-server.lock.json
      There is one: iris"
  `)
  expect(await refusal(folder, 'irsi')).toMatchInlineSnapshot(`
    "2 ✖ irsi is not there
      There is one: iris"
  `)
  expect(await refusal(makeFolder(), '.')).toMatchInlineSnapshot(`
    "2 ✖ this folder is no generated server: it has no inference-server.lock.json
      Generate one with create-inference-server, then install and build it."
  `)
})

test('a server that is not installed', async () => {
  const out = makeFolder()
  await generateExample({ example: 'iris', set: [] }, out)
  expect(await refusal(out, 'iris')).toMatchInlineSnapshot(`
    "2 ✖ iris is not installed: it has no node_modules
      Its own runtime and code make the export. Run: cd iris && npm ci && npm run build"
  `)
})

test('a server that is not built', async () => {
  const server = copyIris()
  rmSync(join(server, 'dist'), { recursive: true })
  expect(await refusal(join(server, '..'), 'iris')).toMatchInlineSnapshot(`
    "2 ✖ iris is not built
      Run: cd iris && npm run build"
  `)
  expect(await refusal(server)).toContain('Run: npm run build')
})

test('a server whose source is newer than what was built', async () => {
  const server = copyIris()
  const later = new Date(Date.now() + 60_000)
  utimesSync(join(server, 'src/model/preprocess.ts'), later, later)
  rmSync(join(server, 'dist/server.js'))
  expect(await refusal(join(server, '..'), 'iris')).toMatchInlineSnapshot(`
    "2 ✖ iris is not built as its source is now
      src/model/preprocess.ts  is newer than what was compiled
      src/server.ts            is not compiled
      Run: cd iris && npm run build"
  `)
})

test('a server of another template version', async () => {
  const server = copyIris()
  const file = join(server, 'inference-server.lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...lock, template: { ...lock.template, version: '0' } }))
  expect(await refusal(join(server, '..'), 'iris')).toMatchInlineSnapshot(`
    "8 ✖ iris was generated from fastify-onnx 0, and this version exports fastify-onnx 1
      Use the version that made it (npx create-inference-server@0.1.0 edge export), or generate the server again with this one."
  `)
})

test('another model under the same name', async () => {
  const server = copyIris()
  cpSync(join(MODELS, 'forest_classifier.onnx'), join(server, 'models/iris.onnx'))
  expect(await refusal(join(server, '..'), 'iris', '--target', 'board')).toContain(
    'models/iris.onnx is not the model that this server was generated for',
  )
})

test.each([
  [['--target', 'ios'], '--target "ios" is not known'],
  [['--precision', 'fp8'], '--precision "fp8" is not known'],
  [['--min-agreement', '99'], '--min-agreement "99" is no share'],
  [['--format', 'ort', '--precision', 'int8'], 'ort goes with precision fp32 only'],
  [['--target', 'board', '--samples', 'nowhere'], 'nowhere is not there (--samples)'],
  [['--targets', 'web'], 'unknown option'],
])('%j', async (flags, message) => {
  const answer = await refusal(folder, 'iris', ...flags)
  expect(answer).toMatch(/^2 /)
  expect(answer).toContain(message)
})

test('samples that are none', async () => {
  const bad = makeFolder({ 'a.json': '{"dta": 1}', 'b.json': 'nothing' })
  expect(await refusal(folder, 'iris', '--target', 'board', '--samples', bad)).toMatch(
    /a\.json {2}has no "data"\n.*b\.json {2}Unexpected token/,
  )
  const empty = makeFolder({ 'photo.png': 'png' })
  expect(await refusal(folder, 'iris', '--target', 'board', '--samples', empty)).toContain('holds no samples')
  const wide = makeFolder({ 'wide.json': '{"data": [[1, 2, 3]]}' })
  const answer = await refusal(folder, 'iris', '--target', 'board', '--samples', wide)
  expect(answer).toMatch(/^2 /)
  expect(answer).toContain('wide.json')
})

test('nothing is written when an export is refused', async () => {
  const server = copyIris()
  writeFiles(server, { 'edge/board/Dockerfile': 'of somebody else' })
  const answer = await refusal(join(server, '..'), 'iris', '--target', 'board')
  expect(answer).toMatch(/^5 /)
  expect(answer).toContain('board/Dockerfile')
})
