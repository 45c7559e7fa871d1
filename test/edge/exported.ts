import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { create } from '../../src/create.ts'
import { exportEdge } from '../../src/edge/export.ts'
import { ROOT } from '../helpers/paths.ts'

/** An example's server, installed and built, and what was exported of it for browsers. */
export interface ExportedExample {
  readonly server: string
  /** SERVER/edge/web. */
  readonly web: string
}

const EXAMPLES = {
  digits: { folder: join(ROOT, 'examples/digits'), samples: join(ROOT, 'examples/digits/samples') },
  iris: { folder: join(ROOT, 'examples/iris'), samples: undefined },
} as const

/** In the folder `out`; `set`: as `--set`, such as `options.edge={}`. */
export async function exportExample(
  out: string,
  name: keyof typeof EXAMPLES,
  set: readonly string[] = [],
): Promise<ExportedExample> {
  const { folder, samples } = EXAMPLES[name]
  const variableFile = join(folder, 'vars.yaml')
  const { project } = await create({ cwd: out, variableFile, out, name, set })
  const server = project.inputs.target
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  await execa({ cwd: server })`npm run build`
  await exportEdge({ server, target: ['web'], samples })
  return { server, web: join(server, 'edge/web') }
}
