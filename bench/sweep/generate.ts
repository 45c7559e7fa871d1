import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { create } from '../../src/create.ts'
import { CreateError } from '../../src/errors.ts'
import type { Task } from './task.ts'

const BIN = join(import.meta.dirname, '../../bin/create-inference-server.js')

const errorSchema = z.object({
  message: z.string(),
  hint: z.string().nullish(),
  issues: z.array(z.object({ message: z.string() })).default([]),
})
const reportSchema = z.union([
  z.object({ ok: z.literal(true), target: z.string() }),
  z.object({ ok: z.literal(false), error: errorSchema }),
])

/** What a user is told when a model is refused: the whole message. */
class Refused extends Error {}

/** `create-inference-server --model x.onnx --yes` in this process. Gives the server's folder; throws the refusal's text. */
export async function generateHere(task: Task): Promise<string> {
  const model = await placeModel(task)
  try {
    const { project } = await create({ cwd: task.place, model })
    return project.inputs.target
  } catch (error) {
    if (error instanceof CreateError) throw new Refused(refusalText(error))
    throw error
  }
}

/** The same by the bundled command, a process of its own. */
export async function generateByCommand(task: Task): Promise<string> {
  const model = await placeModel(task)
  const { stdout, stderr } = await execa(process.execPath, [BIN, '--model', model, '--yes', '--json'], {
    cwd: task.place,
    reject: false,
    stdin: 'ignore',
  })
  const report = reportSchema.parse(JSON.parse(stdout || JSON.stringify({ ok: false, error: { message: stderr } })))
  if (!report.ok) throw new Refused(refusalText(report.error))
  return report.target
}

/** A folder that holds nothing but the model, under the name of its test. */
async function placeModel({ folder, place }: Task): Promise<string> {
  const model = `${basename(folder)}.onnx`
  await mkdir(place, { recursive: true })
  await copyFile(join(folder, 'model.onnx'), join(place, model))
  return model
}

function refusalText({ message, issues, hint }: z.infer<typeof errorSchema> | CreateError): string {
  return [message, ...issues.map((issue) => issue.message), hint].filter(Boolean).join(' | ')
}
