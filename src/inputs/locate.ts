import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { CreateError } from '../errors.ts'
import type { Request } from './request.ts'

/** A text file that was read, by its absolute path and as messages show it. */
export interface TextFile {
  readonly path: string
  readonly file: string
  readonly text: string
}

export const VARS_FILE = 'vars.yaml'

/** The path that messages show: relative to the current folder when that is shorter to read. */
export function displayPath(cwd: string, path: string): string {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short
}

/**
 * The vars file of a request: --variable_file, else ./vars.yaml, else the bundled example (only where no model lies about).
 * @throws CreateError `not_found` or `usage` with the next command.
 */
export function findVars(request: Request, cwd: string, exampleDir: string): TextFile {
  if (request.variableFile !== undefined) return readText(cwd, request.variableFile, '--variable_file')
  if (existsSync(join(cwd, VARS_FILE))) return readText(cwd, VARS_FILE, 'vars.yaml')
  const models = listModels(cwd)
  if (models.length > 0) {
    throw new CreateError('usage', `This folder holds ${models.join(', ')} but no vars.yaml`, {
      hint: `Run create-inference-server --model ${models[0]}`,
    })
  }
  return readText(cwd, join(exampleDir, VARS_FILE), 'the bundled example')
}

/** The folder that the vars file of a request lies in, or would. */
export function varsFolder({ cwd = '.', variableFile = VARS_FILE }: Request): string {
  return dirname(resolve(cwd, variableFile))
}

/** Only a model is named, and no vars.yaml lies about: vars are derived from the model. */
export function isModelAlone({ cwd = '.', model, variableFile }: Request): boolean {
  return model !== undefined && variableFile === undefined && !existsSync(resolve(cwd, VARS_FILE))
}

/** The .onnx files of a folder. */
export function listModels(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.toLowerCase().endsWith('.onnx'))
    .sort()
}

/** The folder `<out>/<name>`; the vars file's own when it lies in a generated server and neither --out nor --name was given. */
export function findTarget(request: Request, cwd: string, varsPath: string, name: string): string {
  const isServer = existsSync(join(dirname(varsPath), 'inference-server.lock.json'))
  if (isServer && request.out === undefined && request.name === undefined) return dirname(varsPath)
  return resolve(cwd, request.out ?? '.', name)
}

/**
 * A file that vars.yaml names: beside it, or in models/ there; a flag's path is taken as it is.
 * @throws CreateError `not_found` naming every place that was looked at.
 */
export function findBeside(
  cwd: string,
  varsPath: string,
  name: string,
  what: string,
  flag: { name: string; path: string | undefined },
): string {
  const places =
    flag.path !== undefined
      ? [resolve(cwd, flag.path)]
      : [join(dirname(varsPath), name), join(dirname(varsPath), 'models', name)]
  const found = places.find((path) => existsSync(path))
  if (found !== undefined) return found
  const shown = places.map((path) => displayPath(cwd, path)).join(' nor as ')
  throw new CreateError(
    'not_found',
    `The ${what} is not there: neither as ${shown}`.replace(
      'neither as',
      places.length > 1 ? 'neither as' : 'looked for',
    ),
    {
      hint: `Put it beside ${basename(varsPath)}, or name it with ${flag.name} FILE.`,
    },
  )
}

/**
 * Reads a file of text.
 * @throws CreateError `not_found` when it is missing or a folder; `invalid` when it is not UTF-8.
 */
export function readText(cwd: string, path: string, flag: string): TextFile {
  const full = resolve(cwd, path)
  const file = displayPath(cwd, full)
  const stats = statSync(full, { throwIfNoEntry: false })
  if (!stats) throw new CreateError('not_found', `${file} is not there (${flag})`, { hint: suggestSibling(full) })
  if (stats.isDirectory()) throw new CreateError('not_found', `${file} is a folder, not a file (${flag})`)
  try {
    return { path: full, file, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(full)) }
  } catch (cause) {
    throw new CreateError('invalid', `${file} is not UTF-8 text (${flag})`, {
      hint: 'Is it the right file? Save it as UTF-8.',
      cause,
    })
  }
}

function suggestSibling(path: string): string | undefined {
  const folder = dirname(path)
  if (!existsSync(folder)) return `The folder ${folder} is not there either.`
  const same = readdirSync(folder).filter((name) => /\.ya?ml$/i.test(name) && /\.ya?ml$/i.test(path))
  return same.length > 0 ? `There is ${same.join(', ')} in that folder.` : undefined
}
