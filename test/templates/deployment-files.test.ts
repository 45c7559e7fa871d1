import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { parseMapping } from '../../src/inputs/mapping.ts'
import { configWith, renderTemplate, TEMPLATE_DIR } from './render-template.ts'

// What a model file, a label or a tensor may be called at worst.
const NASTY = `a"b'c\`d|e$(f)\${g}{{ h }}{% i %}<!--#\\n\n\`\`\`\n- k: l`
const nasty: Config = configWith({
  model: { ...configWith().model, file: NASTY },
  inputs: [{ name: NASTY, dtype: 'string', shape: [NASTY, 1] }],
  outputs: [{ name: NASTY, dtype: 'string', shape: null }],
  predict: { output: NASTY, activation: 'none' },
  labels: { file: NASTY, names: [NASTY] },
  sample: { given: true, data: [[NASTY]], prediction: [NASTY] },
})
// The same, but harmless.
const plain: Config = JSON.parse(JSON.stringify(nasty).replaceAll(JSON.stringify(NASTY), '"plain"'))

const TEXTS = ['Dockerfile.njk', 'compose.yaml.njk', 'env.njk', 'makefile.njk', 'README.md.njk', 'CODEOWNERS.njk']

describe('the mapping', () => {
  const entries = parseMapping(
    'correspond_file_path.yaml',
    readFileSync(`${TEMPLATE_DIR}/correspond_file_path.yaml`, 'utf8'),
  )

  it('names every template that is there, and no other', () => {
    const files = readdirSync(`${TEMPLATE_DIR}/files`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(`${TEMPLATE_DIR}/files/`.length))
    expect([...new Set(entries.map(({ template }) => template))].sort()).toEqual(files.sort())
  })

  it('puts everything into the server', () => {
    for (const { path } of entries) expect(path).toMatch(/^\{\}\/[\w./-]+$/)
  })
})

const source = (file: string) => readFileSync(`${TEMPLATE_DIR}/base/src/${file}`, 'utf8')

describe.each(TEXTS)('%s', (file) => {
  it('keeps its lines whatever vars.yaml holds', () => {
    expect(renderTemplate(file, nasty).split('\n')).toHaveLength(renderTemplate(file, plain).split('\n').length)
  })

  it('ends with one newline and has no trailing spaces or gaps', () => {
    const text = renderTemplate(file, configWith())
    expect(text).toMatch(/[^\n]\n$/)
    expect(text).not.toMatch(/[ \t]\n|\n\n\n/)
  })
})

describe('compose.yaml', () => {
  const server = (config: Config) => parse(renderTemplate('compose.yaml.njk', config)).services.server

  it('runs the server without rights, within the limits of vars.yaml', () => {
    expect(server(configWith({ resources: { cpu: 0.5, memory: '2Gi', replicas: 1 } }))).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      cpus: 0.5,
      mem_limit: '2G', // Docker's G is 1024³, as is Kubernetes' Gi
    })
  })

  it('shows the port that the image listens on', () => {
    const config = configWith({ server: { port: 9090 } })
    expect(server(config).ports).toEqual([`\${PORT:-9090}:9090`])
    expect(server(config).environment).toEqual({ PORT: '9090' })
    expect(renderTemplate('Dockerfile.njk', config)).toMatch(/^EXPOSE 9090$/m)
    expect(renderTemplate('env.njk', config)).toMatch(/^PORT=9090$/m)
  })

  it('is joined by a file for each feature that is on and has one', () => {
    const off = {
      summary: '',
      parts: [],
      dependencies: {},
      devDependencies: {},
      scripts: {},
      ports: [],
      files: [],
      secrets: [],
      code: true,
      compose: false,
      component: false,
    }
    const features = [
      { ...off, name: 'data-cache', compose: true },
      { ...off, name: 'image' },
    ]
    expect(renderTemplate('env.njk', configWith({ features }))).toMatch(
      /^COMPOSE_FILE=compose\.yaml:compose\.data-cache\.yaml$/m,
    )
  })
})

describe('Dockerfile', () => {
  it('has the locale that a model which normalises strings needs, and only then', () => {
    const dockerfile = (needs_locale: boolean) =>
      renderTemplate('Dockerfile.njk', configWith({ model: { ...configWith().model, needs_locale } }))
    expect(dockerfile(true)).toContain('localedef -i en_US -f UTF-8 en_US.UTF-8')
    expect(dockerfile(false)).not.toContain('locale')
  })

  it('needs nothing but the base image: no front end from a registry', () => {
    expect(renderTemplate('Dockerfile.njk', configWith())).not.toMatch(/^#\s*syntax=/m)
  })

  it('writes the model file as a label, whatever it is called', () => {
    const label = /^LABEL org\.opencontainers\.image\.description=(".*")$/m.exec(
      renderTemplate('Dockerfile.njk', nasty),
    )
    expect(label?.[1]).toMatch(/\\\$\(f\)\\\$\{g\}/)
  })
})

describe('CODEOWNERS', () => {
  const rules = (config: Config) =>
    renderTemplate('CODEOWNERS.njk', config)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))

  it('gives the model to its owners and the deployment to theirs', () => {
    const lines = rules(configWith({ code_owners: { infra: '@a/ops', software: '@a/dev', ml: 'ml@example.com' } }))
    expect(lines[0]).toBe('* @a/dev')
    expect(lines).toContain('/manifests/ @a/ops')
    expect(lines).toContain('/src/model/ ml@example.com')
  })

  it('gives what watches the server to those who run it, where there is something', () => {
    const code_owners = { infra: '@a/ops', software: '@a/dev', ml: '@a/ml' }
    const options = { deploy: { monitoring: true } }
    expect(rules(configWith({ code_owners, options }))).toContain('/docs/runbooks.md @a/ops')
    expect(rules(configWith({ code_owners })).join()).not.toContain('runbooks')
  })

  it('is not in force without code_owners', () => {
    expect(rules(configWith())).toEqual([])
  })
})

describe('README.md', () => {
  const shellBlock = (text: string, line: string) =>
    text
      .split('```sh\n')
      .find((block) => block.startsWith(line))
      ?.split('\n```')[0] ?? ''

  it('asks with the sample, as one word of the shell', () => {
    const command = shellBlock(renderTemplate('README.md.njk', nasty), 'curl')
    const body = execFileSync('sh', ['-c', `curl() { for word; do :; done; printf %s "$word"; }; ${command}`])
    expect(JSON.parse(body.toString())).toEqual({ data: [[NASTY]] })
  })

  it('takes a large sample from the server, not from the page', () => {
    const data = [Array.from({ length: 3000 }, (_, index) => index)]
    const text = renderTemplate('README.md.njk', configWith({ sample: { given: true, data, prediction: data } }))
    expect(text).not.toContain(JSON.stringify(data).slice(0, 100))
    expect(shellBlock(text, 'curl')).toContain('/metadata')
  })

  it('lists every setting and every route of the server', () => {
    const text = renderTemplate('README.md.njk', configWith())
    const settings = ['config.ts', 'guards/settings.ts']
      .flatMap((file) => [...source(file).matchAll(/^ {2}([A-Z][A-Z_]+): /gm)])
      .map(([, name]) => `| \`${name}\` |`)
    const routes = ['health.ts', 'metadata.ts', 'metrics.ts', 'predict.ts', 'v2.ts', 'v2-model.ts'].flatMap((file) => [
      ...source(`routes/${file}`).matchAll(/app\.(?:get|post).*?'(\/[\w/]+)'/g),
    ])
    expect(settings.length).toBeGreaterThan(5)
    expect(routes.length).toBeGreaterThan(5)
    for (const setting of settings) expect(text).toContain(setting)
    for (const [, route] of routes) expect(text).toContain(`${route}\``)
  })

  it('speaks of labels only where there are some', () => {
    const text = renderTemplate('README.md.njk', configWith({ task: 'regression', labels: null }))
    expect(text).not.toMatch(/label\b/i)
  })
})

describe.skipIf(!hasMake())('makefile', () => {
  const dir = mkdtempSync(join(tmpdir(), 'makefile-'))
  const make = (...args: string[]) => execFileSync('make', ['-s', '-C', dir, ...args], { encoding: 'utf8' })

  it('helps, and prints what each target would run', () => {
    writeFileSync(join(dir, 'makefile'), renderTemplate('makefile.njk', configWith()))
    expect(make()).toContain('Build the image IMAGE:TAG')
    expect(make('-n', 'image', 'TAG=1.2.3')).toContain("docker build -t 'example/iris':1.2.3 .")
    expect(make('-n', 'predict')).toContain('http://127.0.0.1:8000/predict/test')
    writeFileSync(join(dir, '.env'), 'PORT=9999\n')
    expect(make('-n', 'predict')).toContain('http://127.0.0.1:9999/predict/test')
    rmSync(dir, { recursive: true })
  })
})

function hasMake(): boolean {
  try {
    return execFileSync('make', ['--version'], { stdio: 'pipe' }).length > 0
  } catch {
    return false
  }
}
