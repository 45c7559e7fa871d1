import { join } from 'node:path'
import { compile } from '../../bench/zoo/generate.ts'
import { generateExample } from '../../scripts/examples.ts'
import { create } from '../../src/create.ts'
import type { Request } from '../../src/inputs/request.ts'
import { MODELS } from './paths.ts'

/** The server of an example, generated into `folder` and built. Its packages are those of this repository. */
export async function buildExample(
  example: 'iris' | 'digits',
  folder: string,
  set: readonly string[] = [],
): Promise<string> {
  return built(await generateExample({ example, set }, folder))
}

/** The same of one of test/fixtures/models alone: its vars are derived. */
export function buildModel(model: string, folder: string, more: Partial<Request> = {}): Promise<string> {
  return buildProject({ cwd: folder, model: join(MODELS, model), name: 'sample', ...more })
}

/** The same of whatever a request names. */
export async function buildProject(request: Request): Promise<string> {
  const { project } = await create(request)
  return built(project.inputs.target)
}

async function built(target: string): Promise<string> {
  await compile(target)
  return target
}
