import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { create } from '../../src/create.ts'
import { errorOf } from '../helpers/errors.ts'
import { IRIS_VARS, makeIris, readTree } from '../helpers/folder.ts'
import { buildKustomization, hasKustomize, NEEDS_KUSTOMIZE } from './kustomize.ts'
import { TEMPLATE_DIR } from './render-template.ts'

/** The folder of a server of iris with these options. */
async function target(options: string): Promise<string> {
  const { project } = await create({ cwd: makeIris({ 'vars.yaml': `${IRIS_VARS}options: {${options}}\n` }) })
  return project.inputs.target
}

async function generate(options: string): Promise<Record<string, string>> {
  return readTree(await target(options))
}

test('an option that is on is in every list, and one that is off leaves no trace', async () => {
  const on = await generate('grpc: {port: 9001}, tracing: {}')
  expect(on.Dockerfile).toMatch(/^EXPOSE 8000 9001$/m)
  expect(on['.env']).toMatch(/^COMPOSE_FILE=compose\.yaml:compose\.grpc\.yaml:compose\.tracing\.yaml$/m)
  expect(on['src/grpc/options.ts']).toContain('port: 9001')
  expect(on['README.md']).toMatch(/^- `grpc`: .*\[docs\/grpc\.md\]\(docs\/grpc\.md\)$/m)
  expect(on['README.md']).toMatch(/^- `tracing`: .*\[docs\/tracing\.md\]\(docs\/tracing\.md\)$/m)
  expect(on['docs/grpc.md']).toContain('| `GRPC_PORT` | `9001` |')
  expect(parse(on['compose.grpc.yaml'] ?? '').services.server).toEqual({
    environment: { GRPC_PORT: '9001' },
    ports: [`\${GRPC_PORT:-9001}:9001`],
  })
  expect(parse(on['manifests/base/kustomization.yaml'] ?? '').components).toEqual([
    '../components/grpc',
    '../components/tracing',
  ])
  expect(on['package-lock.json']).toContain('"node_modules/@grpc/grpc-js"')

  const off = await generate('')
  expect(off.Dockerfile).toMatch(/^EXPOSE 8000$/m)
  const traces = Object.entries(off).filter(([, text]) => /grpc-js|@opentelemetry\/sdk|GRPC_PORT|OTEL_/.test(text))
  expect(traces.map(([path]) => path)).toEqual([])
  expect(Object.keys(off).filter((path) => /(grpc|tracing)[./]/.test(path))).toEqual([])
})

test.skipIf(!hasKustomize())(
  `the overlays are built with the components of what is on (${NEEDS_KUSTOMIZE})`,
  async () => {
    const server = await target('grpc: {port: 9001}, tracing: {}')
    const built = buildKustomization(join(server, 'manifests/overlays/production'))
    const objects = parseAllDocuments(built).map((document) => document.toJS())
    const find = (kind: string) => objects.find((object) => object.kind === kind).spec
    expect(find('Service').ports.map(({ name, port }: { name: string; port: number }) => [name, port])).toEqual([
      ['http', 80],
      ['grpc', 9001],
    ])
    const [container] = find('Deployment').template.spec.containers
    expect(container.ports).toContainEqual({ name: 'grpc', containerPort: 9001 })
    // Kubernetes knows only what stands in front, where it fills in $(POD_NAME).
    expect(container.env.map(({ name }: { name: string }) => name)).toEqual(['POD_NAME', 'OTEL_RESOURCE_ATTRIBUTES'])
    const { data, metadata } = objects.find(({ kind }) => kind === 'ConfigMap')
    expect(data).toMatchObject({ PORT: '8000', GRPC_PORT: '9001', OTEL_EXPORTER_OTLP_ENDPOINT: expect.any(String) })
    // Of a new name whenever it changes, so that the pods are replaced.
    expect(metadata.name).toMatch(/^inference-server-[0-9a-z]{10}$/)
    expect(container.envFrom[0].configMapRef.name).toBe(metadata.name)
  },
)

test('a port that the server has already is refused', async () => {
  const error = await errorOf(() => generate('grpc: {port: 8000}'))
  expect(error).toContain('options.grpc.port | 8000 is the port of the server (server.port)')
})

test.each(['grpc', 'tracing'])('docs/%s.md lists every setting of the option', async (name) => {
  const folder = join(TEMPLATE_DIR, 'features', name, 'base/src', name)
  const settings = [...readFileSync(join(folder, 'settings.ts'), 'utf8').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)]
  expect(settings.length).toBeGreaterThan(0)
  const docs = (await generate('grpc: {}, tracing: {}'))[`docs/${name}.md`]
  for (const [, setting] of settings) expect(docs).toContain(`| \`${setting}\` |`)
})
