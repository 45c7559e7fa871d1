import { CreateError } from '../errors.ts'
import type { Labels } from '../inputs/labels.ts'
import type { SampleData } from '../inputs/sample-data.ts'
import type { Template } from '../inputs/template.ts'
import type { Vars } from '../inputs/vars.ts'
import type { YamlFile } from '../inputs/yaml.ts'
import { checkName } from '../name.ts'
import type { ModelFacts } from '../onnx/facts.ts'
import type { Config } from './config.ts'
import { resolveDataCache } from './data-cache.ts'
import { resolveEdge } from './edge.ts'
import { joinEncoder } from './encoder.ts'
import { resolveFeatures } from './features.ts'
import { Findings } from './findings.ts'
import { resolveImage } from './image.ts'
import { resolveLabels } from './labels.ts'
import { resolvePreprocess } from './preprocess.ts'
import { resolveSample } from './sample.ts'
import { resolveSignature } from './signature.ts'
import { resolveRows, resolveTask } from './task.ts'

/** What the earlier stages read. */
export interface ConfigInputs {
  readonly vars: Vars
  readonly varsFile: YamlFile
  readonly model: ModelFacts
  /** The one in front of it, where vars name one. */
  readonly encoder: ModelFacts | null
  /** As messages name it. */
  readonly modelFile: string
  readonly labels: Labels | null
  readonly sampleData: SampleData | null
  readonly template: Template
}

export interface Resolved {
  readonly config: Config
  readonly warnings: readonly string[]
}

/**
 * Vars + model facts -> Config. Pure.
 * @throws CreateError `invalid` with every contradiction between vars.yaml, the label file and the model, not just the first.
 */
export function resolveConfig(given: ConfigInputs): Resolved {
  const { vars, template } = given
  const findings = new Findings(given.varsFile.locate)
  const { model, encoder } = joinEncoder(given, findings)
  const inputs: ConfigInputs = { ...given, model }
  checkServerName(vars, findings)
  refuseCustomOps(inputs, findings)
  const signature = resolveSignature(inputs, findings)
  const rows = resolveRows(vars, signature, findings)
  const task = resolveTask(inputs, signature, rows, findings)
  const labels = resolveLabels(inputs, signature, task, findings)
  const sample = resolveSample(vars, signature, task, rows, findings)
  const preprocess = resolvePreprocess(vars, signature, findings)
  const kept = encoder ? [encoder.features] : signature.inputs
  const options = resolveOptions(inputs, { kept, encoder }, findings)
  const image = resolveImage({ vars, model, encoder }, findings)
  const features = resolveFeatures({ vars, options, image, template }, findings)
  if (findings.issues.length > 0) throw contradiction(inputs, findings)
  const config: Config = {
    name: vars.name ?? '',
    template: { name: template.name, version: template.version },
    model: {
      file: vars.model_file_name,
      sha256: model.sha256,
      bytes: model.bytes,
      producer: model.producer,
      opsets: model.opsets,
      external_data: model.externalData,
      needs_locale: 'StringNormalizer' in model.ops,
    },
    encoder,
    inputs: signature.inputs,
    outputs: signature.outputs,
    task: task.task,
    rows,
    predict: task.predict,
    labels,
    sample,
    preprocess,
    runtime: vars.runtime,
    server: vars.server,
    image,
    resources: vars.resources,
    budget: vars.budget,
    code_owners: vars.code_owners ?? null,
    features,
    options,
  }
  return { config: freezeDeep(config), warnings: [...model.warnings, ...findings.warnings] }
}

function checkServerName(vars: Vars, findings: Findings): void {
  const wrong = vars.name === undefined ? 'is missing' : checkName(vars.name)?.message
  if (wrong) findings.wrong(['name'], wrong)
}

function refuseCustomOps({ model, modelFile }: ConfigInputs, findings: Findings): void {
  if (model.customOps.length === 0) return
  const names = model.customOps.join(', ')
  findings.wrongIn(
    modelFile,
    `the model uses custom operators, which onnxruntime-node does not have: ${names}. Export it with standard operators`,
  )
}

/** Those that are on. */
function resolveOptions(
  { vars, model, sampleData }: ConfigInputs,
  { kept, encoder }: { readonly kept: Config['inputs']; readonly encoder: Config['encoder'] },
  findings: Findings,
): Config['options'] {
  // Parsed YAML, so plain JSON; the schema leaves keys of what is off undefined.
  const options: Config['options'] = JSON.parse(JSON.stringify(vars.options))
  const cache = resolveDataCache({ vars, sample: sampleData, kept }, findings)
  const edge = resolveEdge(vars, { encoder, model }, findings)
  return { ...options, ...(cache && { data_cache: cache }), ...(edge && { edge }) }
}

function contradiction(inputs: ConfigInputs, findings: Findings): CreateError {
  const { file } = inputs.varsFile
  const isModels = findings.issues.every((issue) => issue.file === inputs.modelFile)
  const aboutModel = findings.issues.some((issue) => issue.message.includes(' model'))
  const fault = aboutModel ? `${file} does not describe ${inputs.modelFile}` : `${file} is not right`
  const message = isModels ? `${inputs.modelFile} cannot be served` : fault
  return new CreateError('invalid', message, {
    hint:
      aboutModel && !isModels
        ? `Run create-inference-server init ${inputs.modelFile} to print vars that do.`
        : undefined,
    issues: findings.issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  })
}

function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freezeDeep(inner)
  }
  return value
}
