import { join, resolve } from 'node:path'
import { deriveVars, printVarsSchema, writeNewFiles } from '../create.ts'
import type { InitFlags } from './init-command.ts'
import { shortPath, successDocument } from './report.ts'

/** Prints derived vars, or writes them with their schema into a folder (never over a file). */
export async function runInit({ json = false, out, ...request }: InitFlags & { model: string }): Promise<number> {
  const vars = await deriveVars(request)
  if (out === undefined) {
    process.stdout.write(json ? `${JSON.stringify({ schema: 1, ok: true, vars }, null, 2)}\n` : vars)
    return 0
  }
  const target = resolve(out)
  await writeNewFiles(target, { 'vars.yaml': vars, 'vars.schema.json': printVarsSchema() })
  const file = shortPath(join(target, 'vars.yaml'))
  const next = [`create-inference-server --variable_file ${file} --model ${request.model}`]
  const changes = ['vars.schema.json', 'vars.yaml'].map((path) => ({
    path,
    action: 'create' as const,
    owner: 'shared' as const,
  }))
  process.stdout.write(
    json
      ? successDocument({ target, changes, warnings: [], next })
      : `✔ Wrote ${file} and its schema\n\nNext:\n  ${next[0]}\n`,
  )
  return 0
}
