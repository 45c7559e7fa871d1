import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '../src/create.ts'

const EXAMPLES = join(import.meta.dirname, '../examples')

/** The examples, each a folder with a vars.yaml. */
export async function listExamples(): Promise<string[]> {
  const entries = await readdir(EXAMPLES, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** Generates an example's server into a folder of its own, and says where. */
export async function generateExample(name: string, out: string): Promise<string> {
  const { project } = await create({ cwd: join(EXAMPLES, name), variableFile: 'vars.yaml', out })
  return project.inputs.target
}

/** `npm run examples`: makes examples/<name>/server anew, as it is committed. */
if (import.meta.filename === process.argv[1]) {
  for (const name of await listExamples()) {
    const out = await mkdtemp(join(tmpdir(), 'cis-example-'))
    const server = join(EXAMPLES, name, 'server')
    const target = await generateExample(name, out)
    await rm(server, { recursive: true, force: true })
    await cp(target, server, { recursive: true })
    await rm(out, { recursive: true })
    process.stdout.write(`examples/${name}/server\n`)
  }
}
