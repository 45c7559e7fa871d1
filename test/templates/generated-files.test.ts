import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import picomatch from 'picomatch'
import { expect, test } from 'vitest'
import { renderProject, resolveProject } from '../../src/create.ts'
import type { RenderedFile } from '../../src/render/rendered-file.ts'
import { IRIS_VARS, makeIris } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'

interface Row {
  readonly pattern: string
  readonly owner: string
  readonly review: string
}
interface Generated {
  readonly path: string
  readonly owner: string
}

const ROWS: readonly Row[] = readFileSync(join(ROOT, 'docs/generated-files.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, pattern, owner, review] = /^\| `([^`]+)` \| (\w+) \| (\w+) \|/.exec(line) ?? []
    return pattern && owner && review ? [{ pattern, owner, review }] : []
  })
const OWNERS = { infra: '@a/infra', software: '@a/software', ml: '@a/ml' }
const STORED = createHash('sha256')
  .update(readFileSync(join(ROOT, 'examples/iris/server/models/iris.onnx')))
  .digest('hex')
const VARS = [
  `image: {model: {download: {url: "https://models.example.com/iris.onnx", sha256: ${STORED}}}}
options:
  data_cache: {tier: both, sample_id: "0000"}
  prediction_cache: {}
  grpc: {}
  tracing: {}
  deploy: {monitoring: true, ingress: ingress, autoscale: queue}`,
  'options: {deploy: {ingress: gateway}}',
  'options: {deploy: {kserve: true}}',
  'options: {}',
]

/** Of servers without and with everything. */
async function generate(): Promise<{ files: readonly Generated[]; codeOwners: string }> {
  const all: RenderedFile[] = []
  for (const more of VARS) {
    const vars = `${IRIS_VARS}code_owners: ${JSON.stringify(OWNERS)}\n${more}\n`
    const cwd = makeIris({ 'vars.yaml': vars, 'data/0000.json': '[[5.1, 3.5, 1.4, 0.2]]' })
    all.push(...(await renderProject(await resolveProject({ cwd }))))
  }
  const lock = { path: 'inference-server.lock.json', owner: 'template' }
  const [rules] = all.filter(({ path }) => path === '.github/CODEOWNERS').map(({ content }) => content)
  const codeOwners = rules?.kind === 'bytes' ? Buffer.from(rules.bytes).toString() : ''
  return { files: [...all, lock], codeOwners }
}

/** The last row that matches, as in CODEOWNERS. */
const rowOf = (path: string) => ROWS.findLast(({ pattern }) => matches(pattern, path))
const matches = (pattern: string, path: string) => picomatch.isMatch(path, pattern, { dot: true })

test('every generated file has its row, with its owner; every row has a file', async () => {
  const { files } = await generate()
  const differing = files.filter(({ path, owner }) => rowOf(path)?.owner !== owner)
  expect(differing.map(({ path, owner }) => `${path}: ${owner}, not ${rowOf(path)?.owner}`)).toEqual([])
  const used = new Set(files.map(({ path }) => rowOf(path)))
  expect(ROWS.filter((row) => !used.has(row)).map(({ pattern }) => pattern)).toEqual([])
})

test('CODEOWNERS asks those whom the table names', async () => {
  const { files, codeOwners } = await generate()
  const rules = codeOwners
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '))
  const asked = (path: string) => rules.findLast(([pattern = '']) => matches(globOf(pattern), `/${path}`))?.[1]
  const differing = files.filter(({ path }) => asked(path) !== Reflect.get(OWNERS, rowOf(path)?.review ?? ''))
  expect(differing.map(({ path }) => `${path}: ${asked(path)}, not ${rowOf(path)?.review}`)).toEqual([])
})

/** As GitHub reads a pattern: a folder is everything in it. */
function globOf(pattern: string): string {
  return pattern === '*' ? '**' : pattern.endsWith('/') ? `${pattern}**` : pattern
}
