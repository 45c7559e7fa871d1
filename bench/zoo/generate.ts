import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '../..')
const LIMIT_MS = 60_000

const report = z.union([
  z.object({ ok: z.literal(true), target: z.string() }),
  z.object({
    ok: z.literal(false),
    error: z.object({
      message: z.string(),
      hint: z.string().nullish(),
      issues: z.array(z.object({ message: z.string() })).optional(),
    }),
  }),
])

export type Generated = { readonly target: string } | { readonly refusal: string }

/** Runs `create-inference-server --model FILE --yes`, and nothing else, in a folder that holds only the model. */
export async function generate(folder: string, modelPath: string): Promise<Generated> {
  await mkdir(folder, { recursive: true })
  const file = basename(modelPath)
  await copyFile(modelPath, join(folder, file))
  const { stdout } = await execa(
    process.execPath,
    [join(ROOT, 'bin/create-inference-server.js'), '--model', file, '--yes', '--json'],
    { cwd: folder, reject: false, timeout: LIMIT_MS },
  )
  const answer = report.parse(JSON.parse(stdout))
  if (answer.ok) return { target: answer.target }
  const { message, hint, issues = [] } = answer.error
  return { refusal: [message, ...issues.map((issue) => issue.message), hint ?? ''].join(' | ') }
}

/** Builds a generated server, types checked. Its packages are those of this repository: nothing is installed. */
export async function compile(target: string): Promise<void> {
  await symlink(join(ROOT, 'node_modules'), join(target, 'node_modules'), 'dir')
  await execa({ cwd: target, timeout: LIMIT_MS })`npm run build`
}
