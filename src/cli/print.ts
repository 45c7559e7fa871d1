import chalk, { type ChalkInstance } from 'chalk'
import { CreateError, type Issue } from '../errors.ts'
import { readPackage } from '../package.ts'

/** Where messages go, and whether in colour. chalk honours NO_COLOR, FORCE_COLOR and a stream that is no terminal. */
const paint: ChalkInstance = chalk

/** One error as a person reads it: what, where (aligned), what to do. */
export function formatError(error: unknown): string {
  if (!(error instanceof CreateError)) return formatOurFault(error)
  const lines = [`${paint.red('✖')} ${error.message}`, ...formatIssues(error.issues)]
  if (error.hint !== undefined) lines.push(`  ${paint.dim(error.hint)}`)
  return `${lines.join('\n')}\n`
}

function formatIssues(issues: readonly Issue[]): string[] {
  const places = issues.map(placeOf)
  const width = Math.max(0, ...places.map((place) => place.length))
  const pathWidth = Math.max(0, ...issues.map(({ path }) => path?.length ?? 0))
  return issues.map((issue, index) => {
    const place = paint.cyan((places[index] ?? '').padEnd(width))
    const path = (issue.path ?? '').padEnd(pathWidth)
    return `  ${[place, path].filter((part, i) => (i === 0 ? width : pathWidth) > 0 && part !== '').join('  ')}  ${issue.message}`.trimEnd()
  })
}

/** `vars.yaml:4:12`, which editors and terminals make a link of. */
function placeOf({ file, line, col }: Issue): string {
  return [file, line, col].filter((part) => part !== undefined).join(':')
}

function formatOurFault(error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const { version, issues } = readPackage()
  return `${paint.red('✖')} This is our own fault, not yours (create-inference-server ${version}, Node ${process.version}):\n${detail}\n  Please report it: ${issues}\n`
}

export function formatWarnings(warnings: readonly string[]): string {
  return warnings.map((warning) => `${paint.yellow('!')} ${warning}\n`).join('')
}

/** The failing document of --json. */
export function errorDocument(error: unknown): object {
  if (error instanceof CreateError) {
    const { code, message, hint, issues } = error
    return { schema: 1, ok: false, error: { code, message, hint: hint ?? null, issues } }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    schema: 1,
    ok: false,
    error: { code: 'internal', message, hint: `Please report it: ${readPackage().issues}`, issues: [] },
  }
}
