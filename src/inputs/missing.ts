import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { CreateError } from '../errors.ts'
import { findVars, isModelAlone, listModels, VARS_FILE } from './locate.ts'
import { parseSet } from './overrides.ts'
import { EXAMPLE } from './read-inputs.ts'
import type { Request } from './request.ts'
import { parseYaml } from './yaml.ts'

/** A value that no flag and no file gives: which flag would, and what to offer. */
export interface Missing {
  readonly flag: 'name' | 'model'
  readonly question: string
  /** The values that there are to choose from; empty: any text. */
  readonly choices: readonly string[]
  readonly suggestion: string
}

/** What a person can be asked for before anything is read in earnest. */
export function findMissing(request: Request): Missing[] {
  const cwd = resolve(request.cwd ?? '.')
  const models = listModels(cwd)
  const named = request.variableFile !== undefined || request.model !== undefined
  if (!named && !existsSync(join(cwd, VARS_FILE)) && models.length > 0) {
    return [{ flag: 'model', question: 'Which model?', choices: models, suggestion: models[0] ?? '' }]
  }
  return hasName(request, cwd)
    ? []
    : [{ flag: 'name', question: 'Name of the server?', choices: [], suggestion: basename(cwd) }]
}

function hasName(request: Request, cwd: string): boolean {
  if (isModelAlone(request)) return true // named after the model
  if (request.name !== undefined || request.set?.some((text) => parseSet(text).path.join('.') === 'name')) return true
  const { file, text } = findVars(request, cwd, EXAMPLE)
  // The usual line is looked for first: parsing costs more than all else that happens before the first question.
  return /^name:/m.test(text) || parseYaml(file, text).document.has('name')
}

/**
 * The error of a run that may not ask: all missing values at once, and the exact command.
 * `command` is what was typed, as one line.
 */
export function missingError(missing: readonly Missing[], command: string): CreateError {
  const flags = missing.map(({ flag, suggestion }) => `--${flag} ${suggestion}`)
  return new CreateError('usage', missing.length === 1 ? 'A value is missing' : 'Values are missing', {
    issues: missing.map(({ flag, choices }) => ({
      path: `--${flag}`,
      message: choices.length > 0 ? `one of ${choices.join(', ')}` : 'is missing',
    })),
    hint: `Run ${command} ${flags.join(' ')}`,
  })
}
