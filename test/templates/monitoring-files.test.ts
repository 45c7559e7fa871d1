import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { create } from '../../src/create.ts'
import { IRIS_VARS, makeIris, readTree } from '../helpers/folder.ts'
import { IRIS } from '../helpers/paths.ts'
import { buildKustomization, hasKustomize, NEEDS_KUSTOMIZE } from './kustomize.ts'
import { TEMPLATE_DIR } from './render-template.ts'

async function target(options: string, more = ''): Promise<string> {
  const vars = `${IRIS_VARS}${more}options: {${options}}\n`
  const { project } = await create({ cwd: makeIris({ 'vars.yaml': vars }) })
  return project.inputs.target
}

test('monitoring that is off leaves no trace, and what is on is in every list', async () => {
  const off = readTree(await target('deploy: {monitoring: false}'))
  const traces = Object.entries(off).filter(
    ([path, text]) =>
      /^monitoring\/|^docs\/(monitoring|runbooks|logs)\.|monitoring\./.test(path) || /grafana/i.test(text),
  )
  expect(traces.map(([path]) => path)).toEqual([])
  const on = readTree(await target('deploy: {monitoring: true}'))
  expect(on['.env']).toMatch(/^COMPOSE_FILE=compose\.yaml:compose\.monitoring\.yaml$/m)
  expect(parse(on['manifests/base/kustomization.yaml'] ?? '').components).toEqual(['../components/monitoring'])
  expect(on['README.md']).toMatch(/^- `monitoring`: .*\[docs\/monitoring\.md\]\(docs\/monitoring\.md\)$/m)
  expect(on['src/features.ts']).toBe(off['src/features.ts'])
})

describe('compose.monitoring.yaml', () => {
  it('mounts files that are there, read-only, and shows its ports to this machine alone', async () => {
    const folder = await target('deploy: {monitoring: true}')
    const compose = parse(readTree(folder)['compose.monitoring.yaml'] ?? '')
    expect(Object.keys(compose.services)).toEqual(['prometheus', 'grafana'])
    for (const service of Object.values<{ volumes: string[]; ports: string[] }>(compose.services)) {
      for (const volume of service.volumes) {
        const [source = '', , mode] = volume.split(':')
        if (!source.startsWith('.')) expect(Object.keys(compose.volumes)).toContain(source)
        else expect([volume, existsSync(join(folder, source)), mode]).toEqual([volume, true, 'ro'])
      }
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-(\d+)\}:\1$/)
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        healthcheck: { test: expect.arrayContaining(['CMD']) },
        pids_limit: 256,
      })
    }
  })

  it('asks the server on its port, by the name that rules and dashboard have', async () => {
    const tree = readTree(await target('deploy: {monitoring: true}'))
    const { scrape_configs, rule_files } = parse(tree['monitoring/prometheus.yml'] ?? '')
    expect(scrape_configs).toEqual([{ job_name: 'iris', static_configs: [{ targets: ['server:8000'] }] }])
    expect(rule_files).toEqual(['rules.yaml'])
    const [source] = parse(tree['monitoring/grafana/datasources.yaml'] ?? '').datasources
    expect(source).toMatchObject({ type: 'prometheus', url: 'http://prometheus:9090' })
    const [provider] = parse(tree['monitoring/grafana/dashboards.yaml'] ?? '').providers
    const mounts = parse(tree['compose.monitoring.yaml'] ?? '').services.grafana.volumes.join('\n')
    expect(mounts).toContain(`:${provider.options.path}/server.json:ro`)
  })
})

describe('the component', () => {
  it('names files that are there', async () => {
    const tree = readTree(await target('deploy: {monitoring: true}'))
    const folder = 'manifests/components/monitoring'
    const { resources, configMapGenerator } = parse(tree[`${folder}/kustomization.yaml`] ?? '')
    for (const file of [...resources, ...configMapGenerator[0].files])
      expect(tree[`${folder}/${file}`], file).toBeDefined()
  })

  it('scrapes the port of the Service, or where KServe makes none, that of the pods', async () => {
    const tree = readTree(await target('deploy: {monitoring: true}'))
    const monitor = parse(tree['manifests/components/monitoring/monitor.yaml'] ?? '')
    const service = parse(tree['manifests/base/service.yaml'] ?? '')
    expect(monitor.kind).toBe('ServiceMonitor')
    expect(service.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels)
    expect(service.metadata.labels[monitor.spec.jobLabel]).toBe('iris')
    expect(service.spec.ports.map(({ name }: { name: string }) => name)).toContain(monitor.spec.endpoints[0].port)
  })

  it.skipIf(!hasKustomize())(`is built into the overlays (${NEEDS_KUSTOMIZE})`, async () => {
    const folder = await target('deploy: {monitoring: true}')
    const built = buildKustomization(join(folder, 'manifests/overlays/production'))
    const kinds = parseAllDocuments(built).map((document) => document.toJS().kind)
    expect(kinds).toEqual(expect.arrayContaining(['ServiceMonitor', 'PrometheusRule', 'ConfigMap']))
  })
})

describe('the documentation', () => {
  it('links to pages and sections that are there', async () => {
    const options = 'data_cache: {tier: both}, prediction_cache: {}, tracing: {}, deploy: {monitoring: true}'
    const tree = readTree(await target(options))
    for (const file of ['docs/monitoring.md', 'docs/runbooks.md', 'docs/logs.md']) {
      const links = [...(tree[file] ?? '').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
      expect(links.length, file).toBeGreaterThan(0)
      for (const [, path = '', section] of links) {
        const page = tree[path === '' ? file : join(dirname(file), path)] ?? ''
        expect(page, `${file}: ${path}`).not.toBe('')
        const sections = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
          title.toLowerCase().replaceAll(' ', '-'),
        )
        if (section !== undefined) expect(sections, file).toContain(section)
      }
    }
  })

  it('explains each field that the code gives to a line of the log', async () => {
    const stored = readFileSync(join(IRIS, 'server/models/iris.onnx'))
    const sha256 = createHash('sha256').update(stored).digest('hex')
    const image = `image: {model: {download: {url: "http://127.0.0.1/m.onnx", sha256: "${sha256}"}}}\n`
    const docs =
      readTree(await target('data_cache: {tier: both}, grpc: {}, tracing: {}, deploy: {monitoring: true}', image))[
        'docs/logs.md'
      ] ?? ''
    const explained = [...docs.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => cell?.match(/\w+/g) ?? [])
    const sources = Object.entries(readTree(TEMPLATE_DIR)).filter(([path]) => /(^|\/)base\/src\/.*\.ts$/.test(path))
    const lines = sources.flatMap(([, text]) => [
      ...text.matchAll(/log\.(?:debug|info|warn|error|fatal)\(\s*\{([^}]*)\}/g),
    ])
    // `{ err: error, path: pathOf(request) }`: what stands before each colon or comma, spread objects aside.
    const fields = lines.flatMap(([, inside = '']) => inside.split(',').map((part) => part.split(':')[0]?.trim() ?? ''))
    const named = fields.filter((field) => /^\w+$/.test(field))
    expect(new Set(named).size).toBeGreaterThan(10)
    for (const field of named) expect(explained).toContain(field)
  })

  it.each(['data_cache: {tier: redis}, prediction_cache: {}', 'tracing: {}'])('is whole with %s', async (options) => {
    const tree = readTree(await target(`${options}, deploy: {monitoring: true}`))
    const texts = Object.entries(tree).filter(([path]) =>
      /monitoring\/|docs\/(monitoring|runbooks|logs)\.md/.test(path),
    )
    expect(texts.length).toBeGreaterThan(10)
    for (const [path, text] of texts) {
      expect(text, path).not.toMatch(/[ \t]\n|\n\n\n|undefined|\{%/)
      expect(text, path).toMatch(/[^\n]\n$/)
    }
  })
})

describe('otel-collector.yaml', () => {
  it('has pipelines of parts that it describes, each used', async () => {
    const { service, ...parts } = parse(
      readTree(await target('deploy: {monitoring: true}'))['monitoring/otel-collector.yaml'] ?? '',
    )
    const pipelines = Object.values<Record<string, string[]>>(service.pipelines)
    const described = Object.values<object>(parts).flatMap((part) => Object.keys(part))
    const used = pipelines.flatMap((pipeline) => Object.values(pipeline).flat())
    expect([...new Set(used)].sort()).toEqual(described.sort())
    const { default_pipelines, table } = parts.connectors.routing
    const next = [...default_pipelines, ...table.flatMap(({ pipelines: to }: { pipelines: string[] }) => to)]
    for (const name of next) expect(service.pipelines[name].receivers).toEqual(['routing'])
  })

  const collector = ['otelcol-contrib', 'otelcol'].find((name) => spawnSync(name, ['--version']).status === 0)
  it.skipIf(!collector)('is what a collector takes (otelcol-contrib)', async () => {
    const file = join(await target('deploy: {monitoring: true}'), 'monitoring/otel-collector.yaml')
    const env = {
      ...process.env,
      LOGS_ENDPOINT: 'http://127.0.0.1:4318',
      PREDICTIONS_ENDPOINT: 'http://127.0.0.1:4318',
    }
    const { status, stderr } = spawnSync(collector ?? '', ['validate', '--config', file], { encoding: 'utf8', env })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
