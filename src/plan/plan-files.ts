import type { Config } from '../config/config.ts'
import { CreateError, type Issue } from '../errors.ts'
import type { MappingEntry } from '../inputs/mapping.ts'
import type { Template, TemplateFeature, TemplatePart } from '../inputs/template.ts'
import type { Plan, PlannedFile } from './plan.ts'

/** What decides the files of a server. `userMapping` replaces the base's mapping. */
export interface PlanInputs {
  readonly config: Config
  readonly template: Template
  readonly userMapping: readonly MappingEntry[] | null
}

/** A mapping entry with the folder in which its template lies. */
interface Sourced {
  readonly entry: MappingEntry
  readonly from: string
}

/**
 * Config + mapping + template -> the files to be, sorted. Pure: the file system is not asked.
 * @throws CreateError `invalid` when an entry climbs out, names an unknown template or Config key, or a required file is dropped or moved.
 */
export function planFiles(inputs: PlanInputs): Plan {
  const { config, template, userMapping } = inputs
  const features = template.features.filter(({ name }) =>
    config.features.some((on) => on.name === name || on.parts.includes(name)),
  )
  const issues: Issue[] = []
  const entries = gatherEntries(template, features, userMapping, issues)
  if (userMapping) issues.push(...checkRequired(template, userMapping, config))
  issues.push(...entries.flatMap(({ entry }) => checkEntry(entry, config)))
  if (issues.length > 0) throw new CreateError('invalid', 'The file mapping cannot be used', { issues })
  const files = [
    ...[template, ...features].flatMap((part) => copies(part)),
    ...entries.filter(({ entry }) => applies(entry, config)).map((sourced) => rendered(sourced)),
    ...artifacts(config, template, userMapping !== null),
  ]
  refuseTwice(files)
  return { files: files.sort((a, b) => compareText(a.to, b.to)) }
}

/** The user's mapping takes the place of base's; features' entries apply where it does not name the same template. */
function gatherEntries(
  template: Template,
  features: readonly TemplateFeature[],
  userMapping: readonly MappingEntry[] | null,
  issues: Issue[],
): Sourced[] {
  const own = new Set(userMapping?.map((entry) => entry.template))
  const base = (userMapping ?? template.mapping).flatMap((entry) => {
    const part = [template, ...features].find(({ templates }) => templates.includes(entry.template))
    if (part) return [{ entry, from: templatePath(part, entry.template) }]
    issues.push({ ...entry.place, path: entry.template, message: unknownTemplate(entry.template, template) })
    return []
  })
  const added = features.flatMap((feature) =>
    feature.mapping
      .filter((entry) => !own.has(entry.template))
      .map((entry) => ({ entry, from: templatePath(feature, entry.template) })),
  )
  return [...base, ...added]
}

function unknownTemplate(name: string, template: Template): string {
  return `the template ${template.name} has no ${name} in files/ (it has ${template.templates.slice(0, 6).join(', ')}, ...)`
}

function templatePath({ folder }: TemplatePart, name: string): string {
  return [folder, 'files', name].filter(Boolean).join('/')
}

/** base/ imports the required files from where they are: a mapping that drops or moves one gives a server that does not build. */
function checkRequired(template: Template, userMapping: readonly MappingEntry[], config: Config): Issue[] {
  return template.mapping
    .filter((entry) => entry.required && applies(entry, config))
    .flatMap((needed): Issue[] => {
      const own = userMapping.filter((entry) => entry.template === needed.template)
      if (own.some(({ path }) => path === needed.path)) return []
      const place = own[0]?.place ?? { file: userMapping[0]?.place.file ?? 'correspond_file_path.yaml' }
      return [
        {
          ...place,
          path: needed.template,
          message: `the server needs it at "${needed.path}"; ${own.length > 0 ? 'it must not be moved' : 'it must not be left out'}`,
        },
      ]
    })
}

function checkEntry(entry: MappingEntry, config: Config): Issue[] {
  const wrong = (message: string): Issue => ({ ...entry.place, path: entry.template, message })
  const inside = entry.path.slice(3)
  const issues: Issue[] = []
  if (!entry.path.startsWith('{}/') || inside === '')
    issues.push(wrong(`"${entry.path}" must start with {}/, the server's folder`))
  else if (inside.split(/[/\\]/).includes('..')) issues.push(wrong(`"${entry.path}" climbs out of the server's folder`))
  for (const key of Object.keys(entry.when)) {
    if (configValue(config, key) === undefined) issues.push(wrong(`when: there is no "${key}" in the configuration`))
  }
  return issues
}

function applies({ when }: MappingEntry, config: Config): boolean {
  return Object.entries(when).every(([key, value]) => configValue(config, key) === value)
}

/** undefined when there is no such key; `options.<name>` that is off counts as null. */
function configValue(config: Config, key: string): unknown {
  const value = key
    .split('.')
    .reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined), config)
  return value === undefined && key.startsWith('options.') ? null : value
}

function copies(part: TemplatePart): PlannedFile[] {
  return part.copies.map(({ path, mode }) => ({
    kind: 'copy' as const,
    from: [part.folder, 'base', path].filter(Boolean).join('/'),
    to: restoreDot(path),
    mode,
    owner: 'template' as const,
  }))
}

/** `npm pack` drops .gitignore and .npmrc: the template keeps such files as _gitignore. */
function restoreDot(path: string): string {
  return path.replace(/(^|\/)_(?=[^/]+$)/, '$1.')
}

function rendered({ entry, from }: Sourced): PlannedFile {
  return {
    kind: 'render',
    from,
    to: entry.path.slice(3),
    mode: entry.path.endsWith('.sh') ? 0o755 : 0o644,
    owner: entry.owner,
  }
}

function artifacts(config: Config, template: Template, hasUserMapping: boolean): PlannedFile[] {
  const make = (
    from: Extract<PlannedFile, { kind: 'artifact' }>['from'],
    to: string,
    source?: string,
  ): PlannedFile => ({
    kind: 'artifact',
    from,
    to,
    mode: 0o644,
    owner: from === 'package-lock' || from === 'schema' ? 'template' : 'shared',
    ...(source === undefined ? {} : { source }),
  })
  return [
    make('vars', 'vars.yaml'),
    make('schema', 'vars.schema.json'),
    make('model', `models/${config.model.file}`),
    ...config.model.external_data.map((file) => make('external-data', `models/${file}`, file)),
    ...(config.encoder ? [make('encoder', `models/${config.encoder.file}`)] : []),
    ...(config.encoder?.external_data ?? []).map((file) => make('encoder-data', `models/${file}`, file)),
    ...(config.labels?.file ? [make('labels', `models/${config.labels.file}`)] : []),
    ...sampleImage(config).map((file) => make('sample', `models/${file}`)),
    ...sampleData(config).map((file) => make('sample-data', file)),
    ...(hasUserMapping ? [make('mapping', 'correspond_file_path.yaml')] : []),
    ...(config.runtime.onnxruntime === template.onnxruntime ? [make('package-lock', 'package-lock.json')] : []),
  ]
}

/** The image that is the sample, where the model takes images. */
function sampleImage({ sample }: Config): string[] {
  const { data } = sample
  return typeof data === 'object' && data !== null && 'image' in data ? [String(data.image)] : []
}

/** The one file of data that is copied: that of the sample's id. */
function sampleData({ options }: Config): string[] {
  const { sample_file: file } = Object(options.data_cache)
  return typeof file === 'string' ? [file] : []
}

function refuseTwice(files: readonly PlannedFile[]): void {
  const seen = new Map<string, PlannedFile>()
  const issues: Issue[] = []
  for (const file of files) {
    const other = seen.get(file.to)
    if (other) issues.push({ path: file.to, message: `is made twice: from ${other.from} and from ${file.from}` })
    seen.set(file.to, file)
  }
  if (issues.length > 0) throw new CreateError('invalid', 'Two files would stand on one path', { issues })
}

/** By code unit, the same on every machine whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
