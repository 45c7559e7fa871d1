import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

export interface ExportOptions {
  /** As `--set`, such as `options.edge={}`. */
  readonly set?: readonly string[]
  /** Files of the team's, written before it is exported. */
  readonly files?: Readonly<Record<string, string>>
}

/** Makes it in the folder `out`. */
export async function exportExample(
  out: string,
  name: keyof typeof EXAMPLES,
  { set = [], files = {} }: ExportOptions = {},
): Promise<ExportedExample> {
  const { folder, samples } = EXAMPLES[name]
  const variableFile = join(folder, 'vars.yaml')
  const { project } = await create({ cwd: out, variableFile, out, name, set })
  const server = project.inputs.target
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(server, path)), { recursive: true })
    writeFileSync(join(server, path), content)
  }
  symlinkSync(join(ROOT, 'node_modules'), join(server, 'node_modules'))
  await execa({ cwd: server })`npm run build`
  await exportEdge({ server, target: ['web'], samples })
  return { server, web: join(server, 'edge/web') }
}
