import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import nunjucks from 'nunjucks'
import type { Config } from '../../../src/config/config.ts'
import { resolveConfig } from '../../../src/config/resolve.ts'
import { resolveProject } from '../../../src/create.ts'
import { varsSchema } from '../../../src/inputs/vars.ts'
import { planFiles } from '../../../src/plan/plan-files.ts'
import { makeEnvironment } from '../../../src/render/environment.ts'
import { IRIS } from '../../helpers/paths.ts'
import { TEMPLATE_DIR } from '../render-template.ts'

/** The answers of one vars.yaml to all that decides what the manifests say. */
export interface Combination {
  readonly name: string
  readonly options: object
  /** As in vars.yaml: how the model gets into the image, and where a download is from. */
  readonly image: { readonly model?: 'baked' | 'volume' } | { readonly model: 'download'; readonly url: string }
}

type Choices = Readonly<Record<string, object>>

const SOURCES: Choices = {
  directory: {},
  'absolute directory': { source: { path: '/mnt/data' } },
  http: { source: { kind: 'http', base_url: 'http://data.example.com:9000/{id}' } },
  postgres: { source: { kind: 'postgres', table: 't', id_column: 'i', json_column: 'j' } },
}
const DATA_CACHES: Choices = Object.fromEntries(
  ['memory', 'redis', 'both'].flatMap((tier) =>
    Object.entries(SOURCES).map(([name, source]) => [
      `cache in ${tier} of ${name}`,
      { data_cache: { tier, ...source } },
    ]),
  ),
)
/** KServe decides about the way in and the number of pods: what else says it is refused. */
const DEPLOYS: Choices = {
  plain: {},
  kserve: { deploy: { kserve: true } },
  ...Object.fromEntries(
    ['none', 'ingress', 'gateway'].flatMap((ingress) =>
      ['cpu', 'queue'].map((autoscale) => [`${ingress}, ${autoscale}`, { deploy: { ingress, autoscale } }]),
    ),
  ),
}
const SWITCHES: Choices = {
  '': {},
  grpc: { grpc: { port: 9001 } },
  tracing: { tracing: {} },
  'grpc, tracing': { grpc: {}, tracing: {} },
}
const IMAGES: Readonly<Record<string, Combination['image']>> = {
  baked: { model: 'baked' },
  download: { model: 'download', url: 'https://models.example.com/iris.onnx' },
  volume: { model: 'volume' },
}

/** Every one: the product of all choices. `monitoring` is one as soon as a feature of the template is turned on by it. */
export function allCombinations(): Combination[] {
  const monitoring = project.inputs.template.features.some(({ when }) => when && 'options.deploy.monitoring' in when)
  return Object.entries(DEPLOYS).flatMap(([deploy, deployed]) =>
    (monitoring ? [false, true] : [false]).flatMap((watched) =>
      Object.entries({ 'no cache': {}, ...DATA_CACHES }).flatMap(([cache, cached]) =>
        Object.entries(SWITCHES).flatMap(([on, switched]) =>
          Object.entries(IMAGES).map(([model, image]) => ({
            name: [deploy, watched && 'monitoring', cache, on, model].filter(Boolean).join(' + '),
            options: { ...cached, ...switched, ...(watched ? withMonitoring(deployed) : deployed) },
            image,
          })),
        ),
      ),
    ),
  )
}

function withMonitoring({ deploy = {} }: { deploy?: object }): object {
  return { deploy: { ...deploy, monitoring: true } }
}

/** Each choice alone, and with as much else as goes together: for what takes its time. */
export function someCombinations(): Combination[] {
  const all = allCombinations()
  const alone = all.filter(({ options, image }) => Object.keys(options).length + (image.model === 'baked' ? 0 : 1) <= 1)
  const most = all.filter(({ options, image }) => Object.keys(options).length === 4 && image.model !== 'baked')
  return [...alone, ...most.filter((_, index) => index % 7 === 0)]
}

const project = await resolveProject({ cwd: IRIS, variableFile: 'vars.yaml' })

/** What `create` makes of it below manifests/ and docs/: texts by path. Nothing is written. */
export function renderManifests({ options, image }: Omit<Combination, 'name'>): Record<string, string> {
  const config = configOf({ options, image })
  const plan = planFiles({ config, template: project.inputs.template, userMapping: null })
  const files = plan.files.filter(({ to }) => /^(manifests|docs)\//.test(to))
  return Object.fromEntries(
    files.map(({ kind, from, to }) => [to, kind === 'copy' ? read(from) : compile(from).render(config)]),
  )
}

const environment = makeEnvironment()
const texts = new Map<string, string>()
const templates = new Map<string, nunjucks.Template>()

function read(file: string): string {
  const text = texts.get(file) ?? readFileSync(join(TEMPLATE_DIR, file), 'utf8')
  texts.set(file, text)
  return text
}

/** Compiled once: the generator renders each template once, here it is a thousand times. */
function compile(file: string): nunjucks.Template {
  const template = templates.get(file) ?? new nunjucks.Template(read(file), environment, file)
  templates.set(file, template)
  return template
}

export function configOf({ options, image }: Omit<Combination, 'name'>): Config {
  const { inputs, model } = project
  const { config } = resolveConfig({
    vars: varsSchema.parse({ ...inputs.vars, options, image: { model: wayOf(image) } }),
    varsFile: inputs.varsFile,
    template: inputs.template,
    model,
    encoder: null,
    modelFile: inputs.model.file,
    labels: inputs.labels?.parsed ?? null,
    sampleData: null,
  })
  return config
}

function wayOf(image: Combination['image']): unknown {
  if (image.model !== 'download') return image.model
  return { download: { url: image.url, sha256: project.model.sha256 } }
}
