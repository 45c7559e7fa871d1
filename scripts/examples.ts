import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '../src/create.ts'

const EXAMPLES = join(import.meta.dirname, '../examples')

/** A server that is committed: `examples/<example>/<folder>`. */
export interface Example {
  readonly example: string
  readonly folder: string
  /** What it has beyond vars.yaml, as --set takes it. */
  readonly set: readonly string[]
}

const BY_ID = 'options.data_cache={fill: both, source: {path: samples}, sample_id: "7"}'
const MORE: readonly Example[] = [{ example: 'digits', folder: 'server-by-id', set: [BY_ID] }]

/** The server of each example, a folder with a vars.yaml, and some with options. */
export async function listExamples(): Promise<Example[]> {
  const entries = await readdir(EXAMPLES, { withFileTypes: true })
  const plain = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ example: name, folder: 'server', set: [] }))
    .sort((a, b) => (a.example < b.example ? -1 : 1))
  return [...plain, ...MORE]
}

/** Generates an example's server into a folder of its own, and says where. */
export async function generateExample(
  { example, set }: Pick<Example, 'example' | 'set'>,
  out: string,
): Promise<string> {
  const { project } = await create({ cwd: join(EXAMPLES, example), variableFile: 'vars.yaml', out, set: [...set] })
  return project.inputs.target
}

/** `npm run examples`: makes the committed servers anew. */
if (import.meta.filename === process.argv[1]) {
  for (const one of await listExamples()) {
    const out = await mkdtemp(join(tmpdir(), 'cis-example-'))
    const server = join(EXAMPLES, one.example, one.folder)
    const target = await generateExample(one, out)
    await rm(server, { recursive: true, force: true })
    await cp(target, server, { recursive: true })
    await rm(out, { recursive: true })
    process.stdout.write(`examples/${one.example}/${one.folder}\n`)
  }
}
