import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { generateExample } from '../../scripts/examples.ts'
import { create } from '../../src/create.ts'
import type { Request } from '../../src/inputs/request.ts'
import { MODELS, ROOT } from './paths.ts'

/** The server of an example, generated into `folder` and compiled. Its packages are those of this repository. */
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

/** As `npm run build` does, but that types are not checked: a server's own tests do that, and it is three quarters of the time. */
async function built(target: string): Promise<string> {
  await symlink(join(ROOT, 'node_modules'), join(target, 'node_modules'), 'dir')
  const flags = ['-p', 'tsconfig.build.json', '--noCheck', '--noResolve', '--types', '']
  await execa(join(ROOT, 'node_modules/.bin/tsc'), flags, { cwd: target })
  await execa(process.execPath, ['--import', 'tsx', 'bundle.ts'], { cwd: target })
  return target
}
