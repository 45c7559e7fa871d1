import type { Template, TemplateFeature } from '../inputs/template.ts'
import type { Vars } from '../inputs/vars.ts'
import type { FeatureConfig } from './config.ts'
import type { Findings } from './findings.ts'

/** The features that vars turns on, in the template's order; what this version cannot do yet is said, not ignored. */
export function resolveFeatures(vars: Vars, template: Template, findings: Findings): readonly FeatureConfig[] {
  refuseUnbuilt(vars, template, findings)
  const on = template.features.filter((feature) => isOn(vars, feature.name, feature.when))
  const names = on.map(({ name }) => name)
  for (const feature of on) {
    for (const needed of feature.requires) {
      if (!names.includes(needed)) findings.wrong(['options', feature.name], `needs options.${needed}, which is not on`)
    }
    for (const rival of feature.conflicts) {
      if (names.includes(rival)) findings.wrong(['options', feature.name], `does not go together with options.${rival}`)
    }
  }
  return on.map((feature) => {
    const { name, summary, dependencies, scripts } = feature
    const ports = feature.ports.map((path) => portAt(vars, path, findings))
    const brings = (file: string) => bringsFile(feature, file)
    const component = brings(`manifests/components/${name}/kustomization.yaml`)
    return { name, summary, dependencies, scripts, ports, compose: brings(`compose.${name}.yaml`), component }
  })
}

function portAt(vars: Vars, path: string, findings: Findings): number {
  const port = Number(valueAt(vars, path))
  if (port === vars.server.port) findings.wrong(path.split('.'), `${port} is the port of the server (server.port)`)
  return port
}

function bringsFile({ copies, mapping }: TemplateFeature, file: string): boolean {
  return copies.some(({ path }) => path === file) || mapping.some(({ path }) => path === `{}/${file}`)
}

function isOn(vars: Vars, name: string, when: Readonly<Record<string, unknown>> | undefined): boolean {
  if (when) return Object.entries(when).every(([path, value]) => valueAt(vars, path) === value)
  return valueAt(vars, `options.${optionName(name)}`) !== undefined
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
  const built = template.features.map(({ name }) => optionName(name))
  const options = Object.entries(vars.options).filter(([, value]) => value !== undefined)
  for (const [name] of options) {
    if (!built.includes(name)) findings.wrong(['options', name], 'not in this version')
  }
  if (vars.preprocess.kind === 'image' && !built.includes('image'))
    findings.wrong(['preprocess', 'kind'], 'image: not in this version')
  if (vars.image.model !== 'baked') findings.wrong(['image', 'model'], 'only "baked" in this version')
}
