import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './config/config.ts'
import { applyOverrides } from './inputs/overrides.ts'
import type { Inputs } from './inputs/read-inputs.ts'
import { printVarsSchema } from './inputs/vars.ts'
import { hashFile } from './lock.ts'
import type { ModelFacts, Segment } from './onnx/facts.ts'
import { hashSegments } from './onnx/segments.ts'
import type { Plan, PlannedArtifact } from './plan/plan.ts'
import type { ArtifactContent } from './render/render-files.ts'

/** What was read and resolved. */
interface Sources {
  readonly inputs: Inputs
  readonly model: ModelFacts
  readonly encoder: ModelFacts | null
  readonly config: Config
}

/**
 * The files that are made from the inputs, not from a template: vars.yaml, its schema, the model, labels, an image as the
 * sample, the user's mapping.
 * Models and their external data stay where they are: ranges of the source, read when they are written.
 */
export async function makeArtifacts(
  plan: Plan,
  { inputs, model, encoder, config }: Sources,
): Promise<(file: PlannedArtifact) => ArtifactContent> {
  const external = await readExternalData(plan, inputs)
  return (file) => {
    switch (file.from) {
      case 'vars':
        return text(printVars(inputs, config))
      case 'schema':
        return text(printVarsSchema())
      case 'labels':
        return text(inputs.labels?.text ?? printLabels(config))
      case 'sample':
        return toContent(inputs.sampleImage?.bytes ?? new Uint8Array())
      case 'sample-data':
        return toContent(inputs.sampleData?.bytes ?? new Uint8Array())
      case 'mapping':
        return text(inputs.userMapping?.text ?? '')
      case 'model':
        return toStored(model)
      case 'encoder':
        return encoder ? toStored(encoder) : text('')
      default:
        return external.get(file.to) ?? text('')
    }
  }
}

function toStored({ content, sha256 }: ModelFacts): ArtifactContent {
  return { content: { kind: 'segments', segments: content }, sha256 }
}

function text(value: string): ArtifactContent {
  return toContent(Buffer.from(value))
}

function toContent(bytes: Uint8Array): ArtifactContent {
  return { content: { kind: 'bytes', bytes }, sha256: hashFile(bytes) }
}

/** vars.yaml as used: the user's bytes, with a label file written in where we made it. */
function printVars({ varsFile, vars }: Inputs, config: Config): string {
  const made = config.labels?.file
  if (!made || vars.label_file_name !== undefined) return varsFile.text
  return applyOverrides(varsFile, [{ path: ['label_file_name'], value: made, flag: '' }]).text
}

/** Labels found in a ZipMap: by column, and as a list where a class label could be taken for a column. */
function printLabels({ labels }: Config): string {
  const names = labels?.names ?? []
  const columns = new Set(names.map((_, column) => String(column)))
  const ambiguous = names.every((name) => columns.has(name)) && names.some((name, column) => name !== String(column))
  const value = ambiguous ? names : Object.fromEntries(names.map((name, column) => [String(column), name]))
  return `${JSON.stringify(value, null, 2)}\n`
}

async function readExternalData(plan: Plan, { model, encoder }: Inputs): Promise<Map<string, ArtifactContent>> {
  const found = new Map<string, ArtifactContent>()
  for (const file of plan.files) {
    if (file.kind !== 'artifact' || file.source === undefined) continue
    const owner = file.from === 'encoder-data' && encoder ? encoder : model
    const path = join(dirname(owner.path), file.source)
    const segments: Segment[] = [{ kind: 'file', path, start: 0, end: statSync(path).size }]
    found.set(file.to, { content: { kind: 'segments', segments }, sha256: (await hashSegments(segments)).sha256 })
  }
  return found
}
