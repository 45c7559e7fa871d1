import { basename } from 'node:path'
import { makeArtifacts } from './artifacts.ts'
import type { Config } from './config/config.ts'
import { resolveConfig } from './config/resolve.ts'
import { minimalVars, printDerivedVars } from './derived-vars.ts'
import { isModelAlone, varsFolder } from './inputs/locate.ts'
import { type Inputs, readInputs } from './inputs/read-inputs.ts'
import type { Request } from './inputs/request.ts'
import { makeLock, printLock } from './lock.ts'
import type { ModelFacts } from './onnx/facts.ts'
import { readModel } from './onnx/read-model.ts'
import { readPackage } from './package.ts'
import { planFiles } from './plan/plan-files.ts'
import { renderFiles } from './render/render-files.ts'
import type { RenderedFile } from './render/rendered-file.ts'
import { type Change, settleConflicts, warningsOf } from './write/compare.ts'
import { recover, refuseUnfinished } from './write/recover.ts'
import { compareTarget, readLock, writeAll } from './write/write.ts'

export { type EdgeChoice, findEdgeFaults } from './config/edge.ts'
export { findMissing, type Missing, missingError } from './inputs/missing.ts'
export { bundledTemplate } from './inputs/read-inputs.ts'
export { printVarsSchema } from './inputs/vars.ts'
export { renderTemplate } from './render/render-files.ts'
export { type Change, settleConflicts } from './write/compare.ts'
export { isFolder } from './write/look.ts'
export { recover } from './write/recover.ts'
export { writeRelease } from './write/release.ts'
export { withScratchFolder } from './write/scratch.ts'
export { compareFiles, writeAll } from './write/write.ts'
export { writeNewFiles } from './write/write-new.ts'

/** A request that was read and resolved: all that is needed to render it. */
export interface Project {
  readonly inputs: Inputs
  readonly model: ModelFacts
  /** The one in front of it; null without one. */
  readonly encoder: ModelFacts | null
  readonly config: Config
  readonly warnings: readonly string[]
}

/** What became of every file, or what would. */
export interface Created {
  readonly project: Project
  readonly changes: readonly Change[]
  readonly warnings: readonly string[]
}

/**
 * Generates a server, or generates it again: read -> resolve -> plan -> render -> write. All or nothing.
 * With `dryRun` nothing is written, and conflicts are among the changes instead of an error.
 * @throws CreateError for everything that a user can put right.
 */
export async function create(request: Request, { dryRun = false, force = false } = {}): Promise<Created> {
  const settle = dryRun ? refuseUnfinished : recover
  await settle(varsFolder(request)) // before its vars.yaml is read: a killed run may have left it half new
  const project = await resolveProject(request)
  const { target, userMapping, template } = project.inputs
  await settle(target)
  const files = await renderProject(project)
  const generator = `create-inference-server@${readPackage().version}`
  const mapping = userMapping?.entries ?? null
  const lockText = printLock(makeLock({ generator, template, config: project.config, mapping, files }))
  const compared = await compareTarget(target, { files, lock: await readLock(target), lockText })
  const changes = dryRun && !force ? compared : settleConflicts(compared, { force })
  if (!dryRun) await writeAll(target, changes)
  return { project, changes, warnings: [...project.warnings, ...warningsOf(changes)] }
}

/** Read and resolve: all of what `validate` does. */
export async function resolveProject(request: Request): Promise<Project> {
  const inputs = readInputs(request, isModelAlone(request) ? await deriveVars(request) : undefined)
  const model = await readModel(inputs.model.path)
  const encoder = inputs.encoder && (await readModel(inputs.encoder.path))
  return { inputs, model, encoder, ...resolve(inputs, model, encoder) }
}

/**
 * A complete vars.yaml for a model that has none: what `init` prints, and what `--model` alone is generated from.
 * The smallest vars are resolved against the model, and the Config that comes out is written down.
 */
export async function deriveVars(request: Request): Promise<string> {
  const inputs = readInputs(request, minimalVars(basename(request.model ?? '')))
  const { config } = resolve(inputs, await readModel(inputs.model.path), null)
  return printDerivedVars(config, inputs.vars.label_file_name)
}

function resolve(inputs: Inputs, model: ModelFacts, encoder: ModelFacts | null) {
  const { vars, varsFile, labels, template } = inputs
  return resolveConfig({
    vars,
    varsFile,
    template,
    model,
    encoder,
    modelFile: inputs.model.file,
    labels: labels?.parsed ?? null,
    sampleData: inputs.sampleData,
  })
}

/** Plan and render, in memory. */
export async function renderProject(project: Project): Promise<RenderedFile[]> {
  const { config, inputs } = project
  const { template, userMapping } = inputs
  const plan = planFiles({ config, template, userMapping: userMapping?.entries ?? null })
  const artifact = await makeArtifacts(plan, project)
  return renderFiles({ config, plan, templateDir: template.dir, bundled: template.bundled, artifact })
}
