import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'
import { makeFolder, writeFiles } from '../helpers/folder.ts'
import { ROOT } from '../helpers/paths.ts'
import { renderIris } from '../helpers/render-server.ts'

const STORED = createHash('sha256')
  .update(readFileSync(join(ROOT, 'examples/iris/server/models/iris.onnx')))
  .digest('hex')
const MODEL = {
  baked: 'baked',
  volume: 'volume',
  download: `{download: {url: "https://models.example.com/iris.onnx", sha256: ${STORED}}}`,
}
const SAMPLE = { 'data/0000.json': '[5.1, 3.5, 1.4, 0.2]' }
const OPTIONS: Record<string, string> = {
  'no option': '{}',
  'a data cache in memory': '{data_cache: {sample_id: "0000"}, grpc: {port: 8001}}',
  'a data cache in Redis, of a database':
    '{data_cache: {tier: both, source: {kind: postgres, table: t, id_column: i, json_column: j}}, tracing: {}}',
  'a data cache of a web server': '{data_cache: {source: {kind: http, base_url: "https://data.example.com/"}}}',
}
const combinations = Object.keys(MODEL).flatMap((model) => Object.keys(OPTIONS).map((options) => ({ model, options })))
const render = (model: string, options: string, more = '') =>
  renderIris(`image: {model: ${Reflect.get(MODEL, model)}${more}}\noptions: ${OPTIONS[options]}`, SAMPLE)

describe.each(combinations)('a model that is $model, with $options', ({ model, options }) => {
  test('has a Dockerfile without a finding', async () => {
    const dockerfile = (await render(model, options)).get('Dockerfile') ?? ''
    expect(findingsOfDockerfile(dockerfile)).toEqual([])
  })

  test('has compose files that the Compose specification allows', async () => {
    const files = [...(await render(model, options))].filter(([path]) => /^compose.*\.yaml$/.test(path))
    expect(files.map(([path]) => path)).toContain('compose.yaml')
    expect(findingsOfCompose(Object.fromEntries(files))).toEqual([])
  })
})

test('the lint of Dockerfiles finds mistakes', () => {
  expect(findingsOfDockerfile('FROM node:24\nMAINTAINER me\nCOPPY a b\n')).not.toEqual([])
})

test('the check of compose files finds keys that do not exist', () => {
  const text = 'name: x\nservices:\n  server:\n    image: a:1\n    read_onli: true\n'
  expect(findingsOfCompose({ 'compose.yaml': text })).toEqual([
    expect.stringContaining('must NOT have additional properties'),
  ])
})

describe('where the model lies', () => {
  test('baked: in the image', async () => {
    const text = (await render('baked', 'no option')).get('Dockerfile')
    expect(text).toContain('\nCOPY models models\n')
    expect(text).not.toContain('MODEL_DIR')
  })

  test.each(['download', 'volume'])('%s: in a volume that belongs to the user of the server', async (model) => {
    const files = await render(model, 'no option')
    const dockerfile = files.get('Dockerfile')
    expect(dockerfile).not.toContain('COPY models')
    expect(dockerfile).toContain('ENV MODEL_DIR=/models\nRUN install -d -o node -g node /models\nVOLUME /models\n')
    expect(files.get('compose.yaml')).toContain(model === 'download' ? '- models:/models\n' : '- ./models:/models:ro\n')
  })
})

describe('the workflows of CI', () => {
  const REPOSITORIES = ['example/iris', 'ghcr.io/example/iris', 'registry.example.com:5000/ml/iris']

  test.each(REPOSITORIES)(
    'are valid, pin every action by commit, and ask for no more than they need (%s)',
    async (repository) => {
      const files = await render('baked', 'no option', `, repository: "${repository}"`)
      const workflows = [...files].filter(([path]) => path.startsWith('.github/workflows/'))
      expect(workflows.map(([path]) => path).sort()).toEqual(
        ['ci.yaml', 'publish.yaml'].map((file) => `.github/workflows/${file}`),
      )
      for (const [name, content] of workflows) {
        expect(findingsOfWorkflow(name, content)).toEqual([])
        expect(content).toContain('permissions:\n  contents: read\n')
        const actions = [...content.matchAll(/uses: (.*)/g)].map(([, action]) => action ?? '')
        for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v|^\.\/\.github\//)
      }
    },
  )

  test.each([
    ['example/iris', 'docker.io/example/iris', 'docker.io', 'secrets.REGISTRY_TOKEN', false],
    ['ghcr.io/example/iris', 'ghcr.io/example/iris', 'ghcr.io', 'secrets.GITHUB_TOKEN', true],
  ])('push %s to its registry', async (repository, image, registry, secret, writesPackages) => {
    const text = (await render('baked', 'no option', `, repository: "${repository}"`)).get(
      '.github/workflows/publish.yaml',
    )
    expect(text).toContain(`IMAGE: ${image}\n`)
    expect(text).toContain(`registry: ${registry}\n`)
    expect(text).toContain(secret)
    expect(text?.includes('packages: write')).toBe(writesPackages)
  })

  test('the check of workflows finds mistakes', () => {
    expect(
      findingsOfWorkflow('a.yaml', 'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - rum: ls\n'),
    ).not.toEqual([])
  })
})

function findingsOfDockerfile(text: string): string[] {
  return validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`)
}

/** Of the schema only: in which order keys stand is a matter of taste. */
function findingsOfCompose(files: Record<string, string>): string[] {
  const folder = makeFolder()
  writeFiles(folder, files)
  const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] })
  // The package's types name no package that has them.
  const results: { messages: { rule: string; line: number; message: string }[] }[] = linter.lintFiles([folder], false)
  return results
    .flatMap(({ messages }) => messages)
    .filter(({ rule }) => rule.startsWith('invalid'))
    .map(({ line, message }) => `line ${line}: ${message}`)
}

function findingsOfWorkflow(name: string, content: string): string[] {
  const { context } = parseWorkflow({ name, content }, new NoOperationTraceWriter())
  return context.errors.getErrors().map(({ message }) => message)
}
