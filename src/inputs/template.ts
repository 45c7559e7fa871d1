import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { CreateError } from '../errors.ts'
import { sortFeatures } from './feature-order.ts'
import { MAPPING_FILE, type MappingEntry, parseMapping } from './mapping.ts'
import { explainSchemaIssues } from './schema-issues.ts'
import { parseYaml } from './yaml.ts'

const strings = z.record(z.string(), z.string())
const templateSchema = z.strictObject({
  name: z.string(),
  version: z.union([z.string(), z.number()]).transform(String),
  /** The onnxruntime-node that package-lock.json of the template was made with. */
  onnxruntime: z.string(),
})
const value = z.union([z.string(), z.number(), z.boolean()])
const featureSchema = z.strictObject({
  /** For the README's list of options: what it adds, and where that is described. */
  summary: z.string().default(''),
  /** The dotted vars keys and their values, or one of several, that turn it on; default: `options.<name>` is there. */
  when: z.record(z.string(), z.union([value, z.array(value)])).optional(),
  /** Features whose `wrap` its own stands outside of. */
  after: z.array(z.string()).default([]),
  /** It is no feature of its own: more files and packages of this one, where `when` holds. */
  part_of: z.string().optional(),
  requires: z.array(z.string()).default([]),
  conflicts: z.array(z.string()).default([]),
  dependencies: strings.default({}),
  /** For building and testing only, such as types. */
  devDependencies: strings.default({}),
  scripts: strings.default({}),
  /** Where vars has the ports on which it listens, such as `options.grpc.port`. */
  ports: z.array(z.string()).default([]),
  /** Where the Config has the paths of files that the image needs; null there: none. */
  files: z.array(z.string()).default([]),
  /** Environment variables that may hold secrets: where it runs in a cluster, of a Secret. */
  secrets: z.array(z.string()).default([]),
})

/** A folder of the two kinds of files: copied (`base/`) and rendered (`files/`). */
export interface TemplatePart {
  /** The part's folder, relative to the template: `` or `features/grpc`. */
  readonly folder: string
  readonly copies: readonly { readonly path: string; readonly mode: number }[]
  readonly templates: readonly string[]
  readonly mapping: readonly MappingEntry[]
}

/** An option of the template: feature.yaml and its files. */
export interface TemplateFeature extends TemplatePart, z.infer<typeof featureSchema> {
  readonly name: string
}

export interface Template extends TemplatePart {
  readonly dir: string
  /** One of ours, not a user's. */
  readonly bundled: boolean
  readonly name: string
  readonly version: string
  readonly onnxruntime: string
  readonly features: readonly TemplateFeature[]
}

/**
 * Lists a template's folder: what it copies, renders and offers.
 * @throws CreateError `not_found` when there is no template, `invalid` when one of its YAML files is wrong.
 */
export function readTemplate(dir: string, { bundled = false } = {}): Template {
  const file = join(dir, 'template.yaml')
  if (!statSync(file, { throwIfNoEntry: false })) {
    throw new CreateError('not_found', `${dir} is not a template`, {
      hint: 'A template is a folder with template.yaml, base/ and files/.',
    })
  }
  const settings = parseFile(file, templateSchema)
  const features = listFolder(join(dir, 'features')).map((feature): TemplateFeature => {
    const own = parseFile(join(dir, 'features', feature, 'feature.yaml'), featureSchema)
    return { ...own, name: feature, ...readPart(dir, `features/${feature}`) }
  })
  return { dir, bundled, ...settings, features: sortFeatures(features), ...readPart(dir, '') }
}

function readPart(dir: string, folder: string): TemplatePart {
  const mappingFile = join(dir, folder, MAPPING_FILE)
  const hasMapping = statSync(mappingFile, { throwIfNoEntry: false })
  return {
    folder,
    copies: listFiles(join(dir, folder, 'base')).map((path) => ({ path, mode: modeOf(path) })),
    templates: listFiles(join(dir, folder, 'files')),
    mapping: hasMapping ? parseMapping(MAPPING_FILE, readFileSync(mappingFile, 'utf8')) : [],
  }
}

function parseFile<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  const yaml = parseYaml(file, readFileSync(file, 'utf8'))
  const parsed = schema.safeParse(yaml.value ?? {})
  if (parsed.success) return parsed.data
  throw new CreateError('invalid', `${file} is not valid`, { issues: explainSchemaIssues(parsed.error, schema, yaml) })
}

/** npm packs every file as 0644, and Windows knows no execute bit: the name tells instead. */
function modeOf(path: string): number {
  return path.endsWith('.sh') ? 0o755 : 0o644
}

function listFolder(dir: string): string[] {
  if (!statSync(dir, { throwIfNoEntry: false })) return []
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** Files below a folder, sorted, with forward slashes. What a developer's tools leave behind in a template is no part of it. */
function listFiles(dir: string): string[] {
  if (!statSync(dir, { throwIfNoEntry: false })) return []
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(dir.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
    .sort()
}
