import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RenderedFile } from '../../src/render/rendered-file.ts'
import { edit, generate, model, text } from './support.ts'

const MODEL_BYTES = 1 << 20

/** A server of 40 files and a model in 1 MiB chunks, at one of two versions that differ in every way that files can. */
export function serverFiles(version: 'old' | 'new', modelSource: string): RenderedFile[] {
  const common = Array.from({ length: 16 }, (_, index) => text(`src/common/${index}.ts`, `common ${index}\n`))
  const changed = Array.from({ length: 12 }, (_, index) => text(`src/changed/${index}.ts`, `${version} ${index}\n`))
  const own = Array.from({ length: 6 }, (_, index) => text(`src/${version}/deep/${index}.ts`, `only ${version}\n`))
  return [
    ...common,
    ...changed,
    ...own,
    text('src/edited.ts', `${version}: edited by hand\n`),
    text('src/gone-and-edited.ts', 'only old\n'),
    text('src/model/preprocess.ts', `${version}: the team's\n`, 'team'),
    text('src/model/postprocess.ts', "the team's\n", 'team'),
    text('run.sh', `#!/bin/sh\n# ${version}\n`, 'shared', 0o755),
    model('models/m.onnx', modelSource),
  ].filter(({ path }) => version === 'old' || path !== 'src/gone-and-edited.ts')
}

/** The models of both versions, beside the target. */
export function writeModels(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const version of ['old', 'new']) {
    writeFileSync(join(folder, `${version}.onnx`), Buffer.alloc(MODEL_BYTES + 7, `${version}\0`))
  }
}

/** A target at the old version, as its user left it: edited files, a backup of an earlier day, files that we do not know. */
export async function makeOldServer(target: string, models: string): Promise<void> {
  await generate(target, serverFiles('old', join(models, 'old.onnx')))
  edit(target, 'src/edited.ts', 'by the user\n')
  edit(target, 'src/gone-and-edited.ts', 'by the user\n')
  edit(target, 'src/model/preprocess.ts', 'by the team\n')
  edit(target, '.create-inference-server/backup/src/edited.ts', 'of an earlier day\n')
  edit(target, '.create-inference-server/.gitignore', '*\n')
  edit(target, '.git/HEAD', 'ref: refs/heads/main\n')
  edit(target, 'src/old/notes.txt', 'the user keeps notes where we remove files\n')
}

/** What the child does to the target, and what is expected of it when nobody kills it. */
export async function makeNewServer(target: string, models: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true })
  await generate(target, serverFiles('new', join(models, 'new.onnx')), { force: true })
}
