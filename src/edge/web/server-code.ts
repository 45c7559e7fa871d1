import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { CreateError, type Issue } from '../../errors.ts'
import type { BuiltServer, ExportedFile } from '../target.ts'

/** What of dist/ runs in the browser as it is. */
const FOLDERS = ['model', 'transforms']
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(?:[\w\s{},*$]+\s+from\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g

/**
 * The contract, pre- and postprocessing and what they are made of: the very files that the server runs, below src/.
 * Throws CreateError when one imports what no browser has.
 */
export function serverCode({ root, config }: BuiltServer): ExportedFile[] {
  const dist = join(root, 'dist')
  const modules = FOLDERS.flatMap((folder) => listModules(dist, folder))
  const paths = ['contract.js', ...modules]
  const issues = paths.flatMap((path) => findForeign(path, readFileSync(join(dist, path), 'utf8'), new Set(paths)))
  if (issues.length > 0) {
    throw new CreateError('invalid', `${config.name} cannot run in a browser as it is`, {
      issues,
      hint: 'src/model/ and src/transforms/ run on both sides: they may import each other and contract.ts, nothing else.',
    })
  }
  return paths.map((path) => ({ path: `src/${path}`, copyOf: join(dist, path) }))
}

function listModules(dist: string, folder: string): string[] {
  return readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .sort()
}

function findForeign(path: string, code: string, known: ReadonlySet<string>): Issue[] {
  return [...importsOf(code), ...dynamicImportsOf(code)]
    .filter((target) => !target.startsWith('.') || !known.has(posix.join(posix.dirname(path), target)))
    .map((target) => ({ file: `src/${path.replace(/\.js$/, '.ts')}`, message: `imports ${target}` }))
}

/** What a module as the compiler writes it cannot start without. */
export function importsOf(code: string): string[] {
  return [...code.matchAll(IMPORT)].flatMap(([, from]) => from ?? [])
}

function dynamicImportsOf(code: string): string[] {
  return [...code.matchAll(IMPORT)].flatMap(([, , dynamic]) => dynamic ?? [])
}
