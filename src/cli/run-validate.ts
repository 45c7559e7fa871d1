import { resolveProject } from '../create.ts'
import { formatWarnings } from './print.ts'
import { describeInterface, successDocument } from './report.ts'
import { type RequestFlags, toRequest } from './request-options.ts'

/** Checks vars.yaml, label file, mapping and model against one another, and writes nothing. */
export async function runValidate(flags: RequestFlags): Promise<number> {
  const request = toRequest(flags)
  const project = await resolveProject(request)
  const { varsFile, model, target } = project.inputs
  if (flags.json) {
    process.stdout.write(successDocument({ target, changes: [], warnings: project.warnings, next: [] }))
    return 0
  }
  process.stderr.write(formatWarnings(project.warnings))
  process.stdout.write(`✔ ${varsFile.file} describes ${model.file}\n${describeInterface(project.config)}`)
  return 0
}
