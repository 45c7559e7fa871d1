import chalk from 'chalk'
import { type Created, create } from '../create.ts'
import { CreateError } from '../errors.ts'
import { completeRequest } from './ask.ts'
import type { CreateFlags } from './create-command.ts'
import { EXIT_CODES } from './exit-code.ts'
import { nextSteps } from './next-steps.ts'
import { errorDocument, formatWarnings } from './print.ts'
import { withProgress } from './progress.ts'
import { describeChanges, type Report, shortPath, successDocument } from './report.ts'
import { toRequest } from './request-options.ts'

/** Generates, then says what became of the files and what to type next. */
export async function runCreate(flags: CreateFlags): Promise<number> {
  const { dryRun = false, force = false, install = false, git = false, yes = false, ...rest } = flags
  const request = await completeRequest(toRequest(rest), { yes: yes || flags.json === true })
  const generate = () => create(request, { dryRun, force })
  const created = await (flags.json ? generate() : withProgress('Reading the model and writing the server', generate))
  const { target } = created.project.inputs
  const notes = dryRun ? [] : await finishTarget(created, { install, git })
  const hasLock = created.changes.some(({ path }) => path === 'package-lock.json')
  const next = dryRun ? [] : nextSteps(created.project.config, target, { installed: install, hasLock })
  const report = { target, changes: created.changes, warnings: [...created.warnings, ...notes], next }
  const conflicts = created.changes.filter(({ action }) => action === 'conflict')
  if (flags.json) process.stdout.write(conflicts.length > 0 ? conflictDocument(report) : successDocument(report))
  else printReport(created, report, dryRun)
  return conflicts.length > 0 ? EXIT_CODES.conflict : 0
}

async function finishTarget(created: Created, wanted: { install: boolean; git: boolean }): Promise<string[]> {
  if (!wanted.install && !wanted.git) return []
  const { finish } = await import('./finish.ts')
  return finish(created, wanted)
}

/** A dry run that met conflicts: the error of the real run, and what would happen to every file. */
function conflictDocument({ target, changes }: Report): string {
  const issues = changes
    .filter(({ action }) => action === 'conflict')
    .map(({ path }) => ({ file: path, message: 'conflict' }))
  const error = new CreateError('conflict', `${issues.length} files are in conflict`, {
    issues,
    hint: 'Run again with --force to replace them (a backup is kept).',
  })
  const files = changes.map(({ path, action, owner }) => ({ path, action, owner }))
  return `${JSON.stringify({ ...errorDocument(error), target, files }, null, 2)}\n`
}

function printReport({ project }: Created, { target, changes, warnings, next }: Report, dryRun: boolean): void {
  const { config, model } = project
  const verb = dryRun ? 'Would generate' : 'Generated'
  const head = `${chalk.green('✔')} ${verb} ${chalk.bold(config.name)} (${config.task}, ${config.model.file}) in ${shortPath(target)}\n`
  const stripped = model.stripped
    .map(({ op, output, tensor }) => `  ${op} taken out of the model: "${output}" became the tensor "${tensor}"\n`)
    .join('')
  process.stdout.write(head + stripped + describeChanges(changes, dryRun))
  process.stderr.write(formatWarnings(warnings))
  if (next.length > 0) process.stdout.write(`\nNext:\n${next.map((line) => `  ${chalk.cyan(line)}\n`).join('')}`)
}
