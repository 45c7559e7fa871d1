import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { hashFile } from '../lock.ts'
import type { Plan, PlannedArtifact, PlannedFile } from '../plan/plan.ts'
import { checkSymbols, makeEnvironment, renderText } from './environment.ts'
import { prunePackageLock } from './package-lock.ts'
import type { Content, RenderedFile } from './rendered-file.ts'

/** A file made by code, not from a template: its content, with the hash where it is known already. */
export interface ArtifactContent {
  readonly content: Content
  readonly sha256: string
}

export interface RenderInputs {
  readonly config: Config
  readonly plan: Plan
  /** The template's folder, and whether it is one of ours. */
  readonly templateDir: string
  readonly bundled: boolean
  /** Contents of the plan's artifacts, all but package-lock, by the path that they get. */
  readonly artifact: (file: PlannedArtifact) => ArtifactContent
}

/**
 * Plan -> files in memory (models as ranges of their source), sorted by path.
 * @throws CreateError `invalid` when a template cannot be rendered.
 */
export function renderFiles(inputs: RenderInputs): RenderedFile[] {
  const environment = makeEnvironment()
  const read = (path: string) => readFileSync(join(inputs.templateDir, path))
  const files = inputs.plan.files.flatMap((file): RenderedFile[] => {
    if (file.kind === 'artifact')
      return file.from === 'package-lock' ? [] : [{ ...identity(file), ...inputs.artifact(file) }]
    const source = read(file.from)
    if (file.kind === 'copy') return [toFile(file, source)]
    const text = source.toString()
    if (!inputs.bundled) checkSymbols(file.from, text, inputs.config)
    return [toFile(file, Buffer.from(renderText(environment, file.from, text, inputs.config)))]
  })
  const lock = inputs.plan.files.find(({ from }) => from === 'package-lock')
  const all = lock ? [...files, renderPackageLock(lock, files, read('package-lock.json').toString())] : files
  return all.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * One template of the bundled ones, by its path in their folder.
 * @throws CreateError `invalid` when it cannot be rendered.
 */
export function renderTemplate(templateDir: string, path: string, config: Config): string {
  return renderText(makeEnvironment(), path, readFileSync(join(templateDir, path), 'utf8'), config)
}

function renderPackageLock(lock: PlannedFile, files: readonly RenderedFile[], text: string): RenderedFile {
  const manifest = files.find(({ path }) => path === 'package.json')?.content
  const manifestText = manifest?.kind === 'bytes' ? Buffer.from(manifest.bytes).toString() : '{}'
  return toFile(lock, Buffer.from(prunePackageLock(text, manifestText)))
}

function toFile(file: PlannedFile, bytes: Uint8Array): RenderedFile {
  return { ...identity(file), sha256: hashFile(bytes), content: { kind: 'bytes', bytes } }
}

function identity(file: PlannedFile): Pick<RenderedFile, 'path' | 'owner' | 'mode' | 'from'> {
  return { path: file.to, owner: file.owner, mode: file.mode, from: file.from }
}
