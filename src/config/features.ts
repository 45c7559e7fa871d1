import type { Template, TemplateFeature } from '../inputs/template.ts'
import type { Vars } from '../inputs/vars.ts'
import type { Config, FeatureConfig } from './config.ts'
import type { Findings } from './findings.ts'

export interface FeatureInputs {
  readonly vars: Vars
  /** Those that are on, complete. */
  readonly options: Config['options']
  readonly image: Config['image']
  readonly template: Template
}

/** The features that vars turns on, in the template's order; what this version cannot do yet is said, not ignored. */
export function resolveFeatures(
  { vars, options, image, template }: FeatureInputs,
  findings: Findings,
): readonly FeatureConfig[] {
  refuseUnbuilt(vars, template, findings)
  const on = template.features.filter((feature) => isOn({ ...vars, image }, feature))
  for (const feature of on) checkCompany(feature, on, findings)
  return on
    .filter((feature) => feature.part_of === undefined)
    .map((feature) => {
      const { name, summary } = feature
      const parts = on.filter((part) => part.part_of === name)
      const all = [feature, ...parts]
      const brings = (file: string) => all.some((part) => bringsFile(part, file))
      return {
        name,
        summary,
        parts: parts.map((part) => part.name),
        dependencies: Object.assign({}, ...all.map(({ dependencies }) => dependencies)),
        devDependencies: Object.assign({}, ...all.map(({ devDependencies }) => devDependencies)),
        scripts: Object.assign({}, ...all.map(({ scripts }) => scripts)),
        ports: all.flatMap(({ ports }) => ports).map((path) => portAt(vars, path, findings)),
        files: all.flatMap((part) => part.files).flatMap((path) => fileAt({ options }, path)),
        secrets: all.flatMap(({ secrets }) => secrets),
        code: brings(`src/${name}/feature.ts`),
        compose: brings(`compose.${name}.yaml`),
        component: brings(`manifests/components/${name}/kustomization.yaml`),
      }
    })
}

/** Which others it cannot do without, or beside. */
function checkCompany(feature: TemplateFeature, on: readonly TemplateFeature[], findings: Findings): void {
  for (const needed of feature.requires) {
    if (!on.some(({ name }) => name === needed))
      findings.wrong(keyOf(feature), `needs options.${optionName(needed)}, which is not on`)
  }
  for (const rival of on.filter(({ name }) => feature.conflicts.includes(name))) {
    findings.wrong(keyOf(feature), `does not go together with ${keyOf(rival).join('.')}`)
  }
}

/** The key of vars that turns it on. */
function keyOf({ name, when }: TemplateFeature): readonly string[] {
  const [asked = `options.${optionName(name)}`] = Object.keys(when ?? {})
  return asked.split('.')
}

function portAt(vars: Vars, path: string, findings: Findings): number {
  const port = Number(valueAt(vars, path))
  if (port === vars.server.port) findings.wrong(path.split('.'), `${port} is the port of the server (server.port)`)
  return port
}

/** None where the value is null. */
function fileAt(config: Pick<Config, 'options'>, path: string): string[] {
  const file = valueAt(config, path)
  return typeof file === 'string' ? [file] : []
}

function bringsFile({ copies, mapping }: TemplateFeature, file: string): boolean {
  return copies.some(({ path }) => path === file) || mapping.some(({ path }) => path === `{}/${file}`)
}

function isOn(vars: object, { name, when, part_of }: TemplateFeature): boolean {
  const isAsked = valueAt(vars, `options.${optionName(part_of ?? name)}`) !== undefined
  if (part_of !== undefined && !isAsked) return false
  if (!when) return isAsked
  return Object.entries(when).every(([path, wanted]) => {
    const values = [valueAt(vars, path)].flat() // of a list, such as options.edge.targets, one is enough
    return [wanted].flat().some((value) => values.includes(value))
  })
}

/** Folder names have dashes, keys of vars have underscores: `data-cache`, `options.data_cache`. */
function optionName(feature: string): string {
  return feature.replaceAll('-', '_')
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value)
}

/** Keys of the schema whose feature no template folder brings yet. */
function refuseUnbuilt(vars: Vars, template: Template, findings: Findings): void {
  // A feature is one of its own option, or of a value within it (`when: {options.deploy.monitoring: true}`).
  const built = template.features.flatMap(({ name, when }) => [
    optionName(name),
    ...Object.keys(when ?? {}).map((path) => path.split('.')[1] ?? ''),
  ])
  const options = Object.entries(vars.options).filter(([, value]) => value !== undefined)
  for (const [name] of options) {
    if (!built.includes(name)) findings.wrong(['options', name], 'not in this version')
  }
  const cache = vars.options.data_cache
  if (cache && cache.tier !== 'memory' && !built.includes('data_cache_redis'))
    findings.wrong(['options', 'data_cache', 'tier'], `${cache.tier}: not in this version`)
  if (cache?.source?.kind === 'postgres' && !built.includes('data_cache_postgres'))
    findings.wrong(['options', 'data_cache', 'source', 'kind'], 'postgres: not in this version')
  if (vars.preprocess.kind === 'image' && !built.includes('image'))
    findings.wrong(['preprocess', 'kind'], 'image: not in this version')
}
