import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CreateError } from '../errors.ts'
import { packageRoot } from '../package.ts'
import { type Labels, parseLabels } from './labels.ts'
import { displayPath, findBeside, findTarget, findVars, readText, type TextFile, VARS_FILE } from './locate.ts'
import { MAPPING_FILE, type MappingEntry, parseMapping } from './mapping.ts'
import { applyOverrides, type Override, parseSet } from './overrides.ts'
import type { Request } from './request.ts'
import { readSampleData, type SampleData } from './sample-data.ts'
import { readSampleImage, type SampleImage } from './sample-image.ts'
import { readTemplate, type Template } from './template.ts'
import { readVars, type Vars } from './vars.ts'
import { parseYaml, type YamlFile } from './yaml.ts'

const TEMPLATE = join(packageRoot, 'templates', 'fastify-onnx')
export const EXAMPLE = join(packageRoot, 'examples', 'iris')

/** Everything that was read for a request, checked each by itself, not yet against one another. */
export interface Inputs {
  /** Absolute path of the server's folder. */
  readonly target: string
  readonly vars: Vars
  readonly varsFile: YamlFile
  /** To be opened from the current folder, and as messages show it. */
  readonly model: { readonly path: string; readonly file: string }
  /** The one in front of it (options.data_cache.encoder); null without one. */
  readonly encoder: { readonly path: string } | null
  readonly sampleImage: SampleImage | null
  readonly sampleData: SampleData | null
  readonly labels: { readonly parsed: Labels; readonly text: string } | null
  readonly userMapping: { readonly entries: readonly MappingEntry[]; readonly text: string } | null
  readonly template: Template
}

/**
 * Reads what a request names: vars.yaml (or the text that was derived from the model alone), label file, mapping, template.
 * @throws CreateError `not_found`, `invalid` or `untrusted` at the first file that cannot be used.
 */
export function readInputs(request: Request, derived?: string): Inputs {
  const cwd = resolve(request.cwd ?? '.')
  const template = readTrustedTemplate(request, cwd)
  const source = derived === undefined ? findVars(request, cwd, EXAMPLE) : derivedFile(request, cwd, derived)
  const varsFile = applyOverrides(parseYaml(source.file, source.text), overridesOf(request))
  const vars = readVars(varsFile)
  const modelPath = findBeside(cwd, source.path, vars.model_file_name, 'model', {
    name: '--model',
    path: request.model,
  })
  return {
    target: findTarget(request, cwd, source.path, vars.name ?? 'sample'),
    vars,
    varsFile,
    model: { path: displayPath(process.cwd(), modelPath), file: displayPath(cwd, modelPath) },
    encoder: findEncoder(cwd, source.path, vars),
    sampleImage: readSampleImage(cwd, source.path, vars),
    sampleData: readSampleData(cwd, source.path, vars),
    labels: readLabels(request, cwd, source.path, vars),
    userMapping: readMapping(request, cwd, source, template),
    template,
  }
}

/** Vars that no one wrote yet, as if they lay beside the model. */
function derivedFile({ model = '' }: Request, cwd: string, text: string): TextFile {
  return { path: join(dirname(resolve(cwd, model)), VARS_FILE), file: `vars of ${basename(model)}`, text }
}

/** The model in front of it, beside vars.yaml; null when vars.yaml names none. */
function findEncoder(cwd: string, varsPath: string, { options }: Vars): Inputs['encoder'] {
  const name = options.data_cache?.encoder?.model_file_name
  if (name === undefined) return null
  const path = findBeside(cwd, varsPath, name, 'encoder', { name: 'encoder.model_file_name', path: undefined })
  return { path: displayPath(process.cwd(), path) }
}

function overridesOf({ name, model, labels, set = [] }: Request): Override[] {
  return [
    ...set.map(parseSet),
    ...(name === undefined ? [] : [{ path: ['name'], value: name, flag: '--name' }]),
    ...(model === undefined ? [] : [{ path: ['model_file_name'], value: basename(model), flag: '--model' }]),
    ...(labels === undefined ? [] : [{ path: ['label_file_name'], value: basename(labels), flag: '--labels' }]),
  ]
}

function readLabels(request: Request, cwd: string, varsPath: string, vars: Vars): Inputs['labels'] {
  if (vars.label_file_name === undefined) return null
  const path = findBeside(cwd, varsPath, vars.label_file_name, 'label file', { name: '--labels', path: request.labels })
  const { file, text } = readText(cwd, path, 'label_file_name')
  return { parsed: parseLabels(file, text), text }
}

/** --correspond_file_path, else the file of that name beside vars.yaml; the bundled one is the template's own. */
function readMapping(request: Request, cwd: string, vars: TextFile, template: Template): Inputs['userMapping'] {
  const beside = join(dirname(vars.path), MAPPING_FILE)
  const path = request.correspondFilePath ?? (existsSync(beside) ? beside : undefined)
  if (path === undefined || resolve(cwd, path) === join(template.dir, MAPPING_FILE)) return null
  const { file, text, path: full } = readText(cwd, path, '--correspond_file_path')
  const entries = parseMapping(file, text)
  refuseForeignTemplates(entries, dirname(full), template)
  return { entries, text }
}

/** A template that lies beside the user's mapping is code that we would run. */
function refuseForeignTemplates(entries: readonly MappingEntry[], folder: string, template: Template): void {
  const known = new Set([template, ...template.features].flatMap(({ templates }) => templates))
  const foreign = entries.filter((entry) => !known.has(entry.template) && existsSync(join(folder, entry.template)))
  if (foreign.length === 0) return
  throw new CreateError('untrusted', 'The mapping names templates of its own, and a template is code that runs here', {
    issues: foreign.map((entry) => ({
      ...entry.place,
      path: entry.template,
      message: 'is not one of the bundled templates',
    })),
    hint: 'Put them into a template folder of your own and run with --template DIR --trust, if you trust its author.',
  })
}

/** The bundled template as it was listed when this package was built (scripts/build.ts); not there when run from source. */
declare const BUILT_TEMPLATE: Template | undefined

/** The template that this package brings. */
export function bundledTemplate(): Template {
  if (typeof BUILT_TEMPLATE === 'object') return { ...BUILT_TEMPLATE, dir: TEMPLATE }
  return readTemplate(TEMPLATE, { bundled: true })
}

function readTrustedTemplate(request: Request, cwd: string): Template {
  if (request.template === undefined) return bundledTemplate()
  if (request.trust) return readTemplate(resolve(cwd, request.template))
  throw new CreateError(
    'untrusted',
    `${request.template} is a template of someone's own, and a template is code that runs here`,
    {
      hint: 'Run again with --trust, if you trust its author.',
    },
  )
}
